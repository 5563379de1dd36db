import type { LineageAnswer, LineageEdge, LineageNode } from '../model/answer';
import { endedAt } from '../model/lifetime';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import { byKey, byText } from './order';

/** One run in the lineage, all its attempts. Ids of different sources may be the same. */
export function lineageId(source: string, runId: string): string {
  return `${source}\n${runId}`;
}

/**
 * Who asked for whom. A node per run (its newest attempt), an edge from parent to child, and on each family the critical
 * path: from the last run to end, back over its parents. The oldest families are cut first when there are too many nodes.
 */
export function lineageOf(runs: readonly TaskRun[], limit: number, now: EpochMs): LineageAnswer {
  const all = new Map<string, LineageNode>();
  for (const run of [...runs].sort(byKey)) {
    const id = lineageId(run.source, run.runId);
    all.set(id, { id, run, attempts: Math.max(run.attempt, all.get(id)?.attempts ?? 0) });
  }
  const kept = [...all.values()].sort((a, b) => beganAt(b.run) - beganAt(a.run) || byText(a.id, b.id)).slice(0, limit);
  const nodes = new Map(kept.map((node) => [node.id, node]));
  const edges: LineageEdge[] = [];
  let missingParents = 0;
  for (const { id, run } of kept) {
    if (run.parentId === undefined) {
      continue;
    }
    const parent = lineageId(run.source, run.parentId);
    if (!nodes.has(parent)) {
      missingParents += 1;
    } else if (parent !== id) {
      edges.push({ parent, child: id, critical: false });
    }
  }
  markCriticalPaths(nodes, edges, now);
  return { view: 'lineage', nodes: kept, edges, missingParents, truncated: all.size > kept.length };
}

/**
 * The chain that decides when a family ends: from its eldest, always on to the child under which the last end lies. A
 * circle of parents (which a faulty source can report) has no eldest and therefore no critical path.
 */
function markCriticalPaths(nodes: ReadonlyMap<string, LineageNode>, edges: readonly LineageEdge[], now: EpochMs): void {
  const children = new Map<string, LineageEdge[]>();
  const hasParent = new Set<string>();
  for (const edge of edges) {
    hasParent.add(edge.child);
    const known = children.get(edge.parent);
    if (known === undefined) {
      children.set(edge.parent, [edge]);
    } else {
      known.push(edge);
    }
  }
  for (const root of nodes.keys()) {
    if (hasParent.has(root) || !children.has(root)) {
      continue;
    }
    const order = [root];
    for (let i = 0; i < order.length; i++) {
      for (const edge of children.get(order[i] ?? '') ?? []) {
        order.push(edge.child);
      }
    }
    const lastEnd = new Map<string, EpochMs>();
    for (const id of order.reverse()) {
      const node = nodes.get(id);
      const own = node === undefined ? -Infinity : (endedAt(node.run) ?? now);
      const later = (at: EpochMs, edge: LineageEdge) => Math.max(at, lastEnd.get(edge.child) ?? -Infinity);
      lastEnd.set(id, (children.get(id) ?? []).reduce(later, own));
    }
    for (let id: string | undefined = root; id !== undefined;) {
      const options: LineageEdge[] = children.get(id) ?? [];
      let next: LineageEdge | undefined;
      for (const edge of options) {
        if (next === undefined || (lastEnd.get(edge.child) ?? 0) > (lastEnd.get(next.child) ?? 0)) {
          next = edge;
        }
      }
      // The path ends at a run that outlives all it asked for.
      const node: LineageNode | undefined = nodes.get(id);
      const own: EpochMs = node === undefined ? -Infinity : (endedAt(node.run) ?? now);
      if (next === undefined || own > (lastEnd.get(next.child) ?? -Infinity)) {
        break;
      }
      next.critical = true;
      id = next.child;
    }
  }
}
