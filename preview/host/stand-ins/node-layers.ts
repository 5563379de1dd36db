/** A node's column (its longest way from a beginning) and its place in that column. */
export interface PlacedNode {
  id: string;
  column: number;
  row: number;
}

/**
 * Lays a directed graph out in columns from left to right. Nodes on a cycle keep the column they were first given, so
 * that any input ends.
 */
export function layerNodes(
  ids: readonly string[],
  edges: ReadonlyArray<{ source: string; target: string }>
): PlacedNode[] {
  const known = new Set(ids);
  const valid = edges.filter(({ source, target }) => known.has(source) && known.has(target) && source !== target);
  const targets = new Map<string, string[]>();
  const waiting = new Map<string, number>(ids.map((id) => [id, 0]));
  for (const { source, target } of valid) {
    targets.set(source, [...(targets.get(source) ?? []), target]);
    waiting.set(target, (waiting.get(target) ?? 0) + 1);
  }
  const column = new Map<string, number>();
  const ready = ids.filter((id) => waiting.get(id) === 0);
  const settle = (id: string) => {
    for (const target of targets.get(id) ?? []) {
      column.set(target, Math.max(column.get(target) ?? 0, (column.get(id) ?? 0) + 1));
      const left = (waiting.get(target) ?? 0) - 1;
      waiting.set(target, left);
      if (left === 0) {
        ready.push(target);
      }
    }
  };
  for (let at = 0; at < ready.length; at++) {
    settle(ready[at]!);
  }
  const rows = new Map<number, number>();
  return ids.map((id) => {
    const own = column.get(id) ?? 0;
    const row = rows.get(own) ?? 0;
    rows.set(own, row + 1);
    return { id, column: own, row };
  });
}
