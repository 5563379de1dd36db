import type { ColumnStretches } from '../model/answer';
import { LOST } from '../model/row-life';
import { worstColumns } from './columns';
import type { Question } from './question';

/** The lanes of a question that are merged, as columns of what is worst in each; the others have none. */
export function columnsOf(question: Question, merged: readonly boolean[]): ColumnStretches {
  const { buckets, groups } = question;
  const grid = {
    from: buckets.starts[0]!,
    step: buckets.step,
    count: buckets.starts.length,
    now: buckets.cap,
  };
  return worstColumns(groups.names.length, grid, (add) => {
    for (const { table, rows, group } of question.each()) {
      const { begin, started, end, state, substate, retried } = table;
      for (let k = 0; k < rows.length; k++) {
        const place = group[k]!;
        if (place >= 0 && merged[place] === true) {
          const i = rows[k]!;
          add(place, begin[i]!, started[i]!, end[i]!, state[i]!, substate[i] === LOST, retried[i] === 1);
        }
      }
    }
  });
}
