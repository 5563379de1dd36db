import type { Question } from '../../../src/analysis/question';
import { earliestRuns, firstRuns } from '../../../src/analysis/run-lists';
import type { Timeline } from '../../../src/analysis/timeline';
import type { RunDetail } from '../../../src/model/answer';
import type { ArchiveQuery } from '../archive/archive';
import { READ_STEPS } from '../archive/columns';
import type { Columns } from '../archive/columns';
import { decodeCursor, encodeCursor } from './cursors';

/**
 * Answers that list runs, as JSON texts: the engine has the texts of the runs, which are put in as they are.
 */
export class ListTexts {
  constructor(private readonly columns: Columns) {}

  /** Of a `RunsAnswer`. */
  runs(question: Question, { sort, cursor, limit }: ArchiveQuery): string {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, sort);
    const found = firstRuns(question, sort, limit + 1, after);
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const truncated = found.length > limit;
    const next = truncated && last !== undefined ? { next: encodeCursor(last, sort) } : {};
    const runs = this.texts(shown.map(({ id }) => id));
    return withList('runs', runs, { view: 'runs', total: question.total, truncated, skipped: 0, ...next });
  }

  /** Of a `TimelineAnswer`. */
  timeline({ page, ...timeline }: Timeline): string {
    if (page === undefined) {
      return JSON.stringify(timeline);
    }
    const { ids, ...rest } = page;
    return `{"page":${withList('runs', this.texts(ids), rest)},${JSON.stringify(timeline).slice(1)}`;
  }

  /** Of a `TransitionsAnswer`, with all that is known of each run. */
  transitions(question: Question, { range, limit }: ArchiveQuery): string {
    const details = earliestRuns(question, limit).flatMap((id) => this.detailText(id) ?? []);
    return withList('runs', details, { view: 'transitions', range, truncated: question.total > limit });
  }

  /** All that is known of one attempt. */
  detail(id: number): RunDetail | undefined {
    const text = this.detailText(id);
    return text === undefined ? undefined : (JSON.parse(text) as RunDetail);
  }

  private detailText(id: number): string | undefined {
    const { rows, budget } = this.columns;
    const text = rows.detailText(id);
    budget.spend(READ_STEPS);
    budget.hold(text?.length ?? 0, () => 'the changes of the runs');
    return text;
  }

  private texts(ids: readonly number[]): string[] {
    const { rows, budget } = this.columns;
    return ids.flatMap((id) => {
      const text = rows.text(id);
      budget.spend(READ_STEPS);
      budget.hold(text?.length ?? 0, () => 'the texts of the runs');
      return text ?? [];
    });
  }
}

/** JSON text of an object with a list of texts that are JSON already. */
function withList(key: string, texts: readonly string[], rest: object): string {
  return `{"${key}":[${texts.join(',')}],${JSON.stringify(rest).slice(1)}`;
}
