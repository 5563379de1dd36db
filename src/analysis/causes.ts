import { diagnose } from '../diagnosis/diagnose';
import type { FailureCategory } from '../model/answer';
import type { RunTable, RunTables } from '../model/run-table';

/** A diagnosis takes as long as so many steps of other work. */
const DIAGNOSIS_STEPS = 5_000;

/** Different causes that are remembered; beyond it, all are found anew as they are asked for. */
const MOST_CAUSES = 50_000;

export interface Cause {
  fingerprint: string;
  category: FailureCategory;
  title: string;
}

/** Why failed runs failed, diagnosed once per run and remembered as a number in the table's `cause` column. */
export class Causes {
  private readonly causes: Cause[] = [{ fingerprint: '', category: 'unknown', title: '' }];
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly tables: Pick<RunTables, 'rows' | 'budget'>,
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
  of(table: RunTable, i: number): number {
    const known = table.cause[i]!;
    if (known !== 0) {
      return known;
    }
    const run = this.tables.rows.run(table.firstId + i);
    if (run === undefined) {
      return 0;
    }
    this.tables.budget.spend(DIAGNOSIS_STEPS);
    const { category, fingerprint, title } = diagnose(run);
    const key = `${category} ${fingerprint}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.causes.push({ fingerprint, category, title }) - 1;
      this.numbers.set(key, number);
    }
    table.cause[i] = number;
    return number;
  }
}
