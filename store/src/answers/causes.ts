import { diagnose } from '../../../src/diagnosis/diagnose';
import type { FailureCategory } from '../../../src/model/answer';
import type { TaskRun } from '../../../src/model/task-run';
import { STATE_NUMBER } from '../archive/word-numbers';
import type { Columns, Segment } from '../archive/columns';

/** A diagnosis takes as long as so many steps of other work. */
const DIAGNOSIS_STEPS = 5_000;

/** Different causes that are remembered; beyond it, all are found anew as they are asked for. */
const MOST_CAUSES = 50_000;

export interface Cause {
  fingerprint: string;
  category: FailureCategory;
  title: string;
}

/** Why failed runs failed, diagnosed once per run and remembered as a number in the segment's `cause` column. */
export class Causes {
  private readonly causes: Cause[] = [{ fingerprint: '', category: 'unknown', title: '' }];
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly columns: Columns,
    private readonly most = MOST_CAUSES
  ) {}

  /** Whether too many are remembered. To be asked between questions: a question holds numbers. */
  get isFull(): boolean {
    return this.causes.length > this.most;
  }

  /** Forgets all; the numbers in the columns must go too. */
  clear(): void {
    this.causes.length = 1;
    this.numbers.clear();
  }

  cause(number: number): Cause {
    return this.causes[number]!;
  }

  /** The number of the cause of a failed run. */
  of(segment: Segment, i: number): number {
    const known = segment.cause[i]!;
    if (known !== 0) {
      return known;
    }
    const text = this.columns.rows.text(segment.firstId + i);
    if (text === undefined) {
      return 0;
    }
    this.columns.budget.spend(DIAGNOSIS_STEPS);
    const cause = diagnose(JSON.parse(text) as TaskRun);
    const key = `${cause.category} ${cause.fingerprint}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.causes.push({ fingerprint: cause.fingerprint, category: cause.category, title: cause.title }) - 1;
      this.numbers.set(key, number);
    }
    segment.cause[i] = number;
    return number;
  }

  /** Diagnoses all failures of a segment. */
  prepare(segment: Segment): void {
    for (let i = 0; i < segment.length; i++) {
      if (segment.state[i] === STATE_NUMBER.failed) {
        this.of(segment, i);
      }
    }
  }
}
