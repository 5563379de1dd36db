import type { ColumnStretches } from '../model/answer';
import { LOST } from '../model/row-life';
import { worstColumns } from './columns';
import type { Question } from './question';

/** The lanes of a question that are merged, as columns of what is worst in each; the others have none. */
export function columnsOf(question: Question, merged: readonly boolean[]): ColumnStretches {
  const { buckets, groups } = question;
  const laneStart = new Uint32Array(groups.names.length + 1);
  groups.members.forEach((members, lane) => {
    laneStart[lane + 1] = laneStart[lane]! + (merged[lane] === true ? members : 0);
  });
  const count = laneStart[groups.names.length]!;
  const next = laneStart.slice();
  const runs = {
    begin: new Float64Array(count),
    started: new Float64Array(count),
    end: new Float64Array(count),
    state: new Uint8Array(count),
    lost: new Uint8Array(count),
    retried: new Uint8Array(count),
    laneStart,
  };
  for (const { table, rows, group } of question.each()) {
    const { begin, started, end, state, substate, retried } = table;
    for (let k = 0; k < rows.length; k++) {
      const place = group[k]!;
      if (place < 0 || merged[place] !== true) {
        continue;
      }
      const i = rows[k]!;
      const at = next[place]!++;
      runs.begin[at] = begin[i]!;
      runs.started[at] = started[i]!;
      runs.end[at] = end[i]!;
      runs.state[at] = state[i]!;
      runs.lost[at] = substate[i] === LOST ? 1 : 0;
      runs.retried[at] = retried[i]!;
    }
  }
  return worstColumns(runs, {
    from: buckets.starts[0]!,
    step: buckets.step,
    count: buckets.starts.length,
    now: buckets.cap,
  });
}
