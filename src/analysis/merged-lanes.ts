import type { ColumnStretches } from '../model/answer';
import { LOST } from '../model/row-life';
import { worstColumns } from './columns';
import type { AddRun } from './columns';
import type { Part, Question } from './question';

/** The lanes of a question that are merged, as columns of what is worst in each; the others have none. */
export function columnsOf(question: Question, merged: readonly boolean[]): ColumnStretches {
  const { buckets, groups } = question;
  const grid = {
    from: buckets.starts[0]!,
    step: buckets.step,
    count: buckets.starts.length,
    now: buckets.cap,
  };
  return worstColumns(groups.names.length, grid, (add, addColumns) => {
    for (const part of question.each()) {
      addPart(part, add, merged);
    }
    for (const { summary, place, bucketOf } of question.eachSummed()) {
      summary.columns.forEach((columns, i) => {
        if (place[i]! >= 0 && merged[place[i]!] === true) {
          addColumns(place[i]!, columns, bucketOf);
        }
      });
    }
  });
}

/** @param wanted by group; all when left out */
export function addPart({ table, rows, group }: Part, add: AddRun, wanted?: readonly boolean[]): void {
  const { begin, started, end, state, substate, retried } = table;
  for (let k = 0; k < rows.length; k++) {
    const place = group[k]!;
    if (place >= 0 && (wanted === undefined || wanted[place] === true)) {
      const i = rows[k]!;
      add(place, begin[i]!, started[i]!, end[i]!, state[i]!, substate[i] === LOST, retried[i] === 1);
    }
  }
}
