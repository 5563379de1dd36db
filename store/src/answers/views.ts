import type { GroupBy } from '../../../src/model/task-query';
import type { ArchiveQuery, ValuesQuery } from '../archive/archive';
import type { Judging, MetricsSource } from '../metrics/metrics-source';

/** Of a field that groups can be made by. */
export type FieldQuery = ValuesQuery & { field: GroupBy };

/** Who answers the views of an archive, within a snapshot and the budget of its engine. */
export interface Views extends MetricsSource {
  /** Between questions: lets go of what is too much. */
  begin(): void;
  /** The answer as JSON text of the view's type in `model/answer.ts`. @throws PatternError, RangeError, ArchiveError */
  answer(query: ArchiveQuery, judging: Judging): string;
  /** Known values of a field, most frequent first. */
  values(query: FieldQuery): string[];
  /** How many different tasks or sources have runs. */
  distinct(what: 'task' | 'source'): number;
  /** Prepares for questions to come while nobody asks. Returns whether there is more to prepare. */
  warm(): boolean;
}
