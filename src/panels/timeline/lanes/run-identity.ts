import { useCallback, useEffect, useMemo, useState } from 'react';
import { factOf } from '../../../frames/run-columns';
import type { LaneRows } from './lane-rows';

export interface LaneRun {
  lane: number;
  row: number;
}

/** What makes a run the same after new data has come: its lane's name and its id and attempt, else when it began. */
function identityOf(rows: LaneRows, { lane, row }: LaneRun): string {
  const id = factOf(rows.columns, row, 'runId')?.value ?? rows.columns.began[row];
  const source = factOf(rows.columns, row, 'source')?.value ?? '';
  return [rows.names[lane], String(source), String(id), rows.columns.attempt?.[row] ?? 1].join('\n');
}

/** The same run among other rows: looked for in the lane of the same name. */
export function sameRun(before: LaneRows, run: LaneRun, after: LaneRows): LaneRun | undefined {
  const lane = after.names.indexOf(before.names[run.lane]!);
  if (lane < 0) {
    return undefined;
  }
  const wanted = identityOf(before, run);
  for (let place = after.first[lane + 1]! - 1; place >= after.first[lane]!; place--) {
    const candidate = { lane, row: after.order[place]! };
    if (identityOf(after, candidate) === wanted) {
      return candidate;
    }
  }
  return undefined;
}

/**
 * A chosen run that stays chosen while data is refreshed: rows get other numbers, the run stays the same. Found again
 * while rendering, so that no render ever sees a row number of other data. `first` is the choice to begin with.
 */
export function useChosenRun<Run extends LaneRun>(
  rows: LaneRows,
  first?: Run
): [Run | undefined, (run: Run | undefined) => void] {
  const [chosen, setChosen] = useState<{ run: Run; rows: LaneRows } | undefined>(first && { run: first, rows });
  const kept = useMemo(() => {
    if (!chosen || chosen.rows === rows) {
      return chosen;
    }
    const found = sameRun(chosen.rows, chosen.run, rows);
    return found && { run: { ...chosen.run, ...found }, rows };
  }, [chosen, rows]);
  // Lets go of the data before, unless another run was chosen meanwhile: React 19 runs this after the layout effects that do.
  useEffect(() => setChosen((now) => (now === chosen ? kept : now)), [chosen, kept]);
  const choose = useCallback((run: Run | undefined) => setChosen(run && { run, rows }), [rows]);
  return [kept?.run, choose];
}
