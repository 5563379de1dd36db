import type { FamilyMember } from '../model/answer';
import { endedAt } from '../model/lifetime';
import type { RunTables } from '../model/run-table';
import type { TaskFilter, TimeRange } from '../model/task-query';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import { lineageId, lineageOf } from './lineage';
import { byText } from './order';
import { selectRows } from './question';

const EVER: TimeRange = { from: -Infinity, to: Infinity };

/**
 * The family of a run as a tree, depth first, of brothers and sisters the eldest first. Where they are too many, the run
 * itself and its parents are kept before its children, and these before others.
 */
export function familyOf(
  tables: RunTables,
  run: TaskRun,
  limit: number,
  now: EpochMs
): { members: FamilyMember[]; omitted: number } {
  const relatives = relativesOf(tables, run);
  const kept = nearest(relatives, run, limit);
  const runs = relatives.filter(({ source, runId }) => kept.has(lineageId(source, runId)));
  const { nodes, edges } = lineageOf(runs, kept.size, now);
  const parentOf = new Map(edges.map(({ parent, child, critical }) => [child, { parent, critical }]));
  const childrenOf = new Map<string, string[]>();
  for (const { parent, child } of edges) {
    const list = childrenOf.get(parent);
    if (list === undefined) {
      childrenOf.set(parent, [child]);
    } else {
      list.push(child);
    }
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const elder = (a: string, b: string) => beganAt(byId.get(a)!.run) - beganAt(byId.get(b)!.run) || byText(a, b);
  const members: FamilyMember[] = [];
  const places = new Map<string, number>();
  // A circle of parents, which a faulty source can report, is entered at its eldest.
  const heads = [...byId.keys()].filter((id) => !parentOf.has(id)).sort(elder);
  const rest = [...byId.keys()].sort(elder);
  for (const head of [...heads, ...rest]) {
    const stack = [head];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (places.has(id)) {
        continue;
      }
      const { parent: parentId, critical } = parentOf.get(id) ?? {};
      const parent = parentId === undefined ? undefined : places.get(parentId);
      const node = byId.get(id)!;
      places.set(id, members.length);
      members.push(memberOf(node.run, node.attempts, parent, critical === true));
      stack.push(...(childrenOf.get(id) ?? []).sort(elder).reverse());
    }
  }
  const all = new Set(relatives.map(({ source, runId }) => lineageId(source, runId))).size;
  return { members, omitted: all - members.length };
}

function memberOf(run: TaskRun, attempts: number, parent: number | undefined, critical: boolean): FamilyMember {
  const { source, runId, task, state, substate, startedAt, worker } = run;
  const ended = endedAt(run);
  return {
    source,
    runId,
    task,
    ...(parent !== undefined && { parent }),
    state,
    ...(substate !== undefined && { substate }),
    attempts,
    beganAt: beganAt(run),
    ...(startedAt !== undefined && { startedAt }),
    ...(ended !== undefined && { endedAt: ended }),
    ...(worker !== undefined && { worker }),
    ...(critical && { critical }),
  };
}

/** Attempts of all runs of the same source that have the same root, or are the run's parent or child. */
function relativesOf(tables: RunTables, { source, runId, parentId, rootId = runId }: TaskRun): TaskRun[] {
  const found = new Map<string, TaskRun>();
  const add = (run: TaskRun | undefined) => {
    if (run?.source === source) {
      found.set(`${run.runId}\n${run.attempt}`, run);
    }
  };
  const select = (field: 'rootId' | 'runId', values: string[]) => {
    const filter: TaskFilter = { matches: [{ field: 'source', operator: '=', values: [source] }, { field, operator: '=', values }] }; // prettier-ignore
    for (const { table, rows } of selectRows(tables, filter, EVER)) {
      for (const i of rows) {
        add(tables.rows.run(table.firstId + i));
      }
    }
  };
  select('rootId', [rootId, runId]);
  select('runId', [runId, rootId, ...(parentId === undefined ? [] : [parentId])]);
  return [...found.values()];
}

/** Which runs are kept of too many. */
function nearest(relatives: readonly TaskRun[], run: TaskRun, limit: number): ReadonlySet<string> {
  const parents = new Map(relatives.map((one) => [lineageId(one.source, one.runId), one]));
  const kept = new Set<string>();
  for (let one: TaskRun | undefined = run; one !== undefined;) {
    const id = lineageId(one.source, one.runId);
    if (kept.has(id)) {
      break;
    }
    kept.add(id);
    one = one.parentId === undefined ? undefined : parents.get(lineageId(one.source, one.parentId));
  }
  const isChild = ({ parentId }: TaskRun) => Number(parentId === run.runId);
  const others = [...relatives].sort((a, b) => isChild(b) - isChild(a) || beganAt(a) - beganAt(b));
  for (const one of others) {
    if (kept.size >= limit) {
      break;
    }
    kept.add(lineageId(one.source, one.runId));
  }
  return kept;
}
