import { diagnose } from '../diagnosis/diagnose';
import { idOf } from '../model/run-table';
import type { KnownCause, RunReads, RunTable, RunTables } from '../model/run-table';
import type { TaskRun } from '../model/task-run';

/** A diagnosis takes as long as so many steps of other work. */
const DIAGNOSIS_STEPS = 5_000;

/** The same failure told again is not diagnosed again; of so many that were met last, and whose words are no longer. */
const MOST_MET = 10_000;
const LONGEST_MET = 2_000;

/** Different causes that are remembered; beyond it, all are found anew as they are asked for. */
const MOST_CAUSES = 50_000;

/** Why failed runs failed, diagnosed once per run and remembered as a number in the table's `cause` column. */
export class Causes {
  private readonly causes: KnownCause[] = [{ fingerprint: '', category: 'unknown', title: '' }];
  private readonly numbers = new Map<string, number>();
  /** Numbers by all that a diagnosis rests on. */
  private readonly met = new Map<string, number>();

  constructor(
    private readonly tables: { rows: Pick<RunReads, 'run'>; budget: RunTables['budget'] },
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
    this.met.clear();
  }

  cause(number: number): KnownCause {
    return this.causes[number]!;
  }

  /** The number of the cause of a failed run. */
  of(table: RunTable, i: number): number {
    const known = table.cause[i]!;
    if (known !== 0) {
      return known;
    }
    const before = table.told?.causes[table.told.of[i]! - 1];
    if (before !== undefined) {
      return (table.cause[i] = this.numberOf(before));
    }
    const run = this.tables.rows.run(idOf(table, i));
    if (run === undefined) {
      return 0;
    }
    const { state, substate, signal, exitCode, error } = run;
    const told = JSON.stringify([state, substate, signal, exitCode, error?.type, error?.message]);
    const number = this.met.get(told) ?? this.diagnosed(run);
    if (told.length <= LONGEST_MET) {
      if (this.met.size >= MOST_MET) {
        this.met.clear();
      }
      this.met.set(told, number);
    }
    table.cause[i] = number;
    return number;
  }

  private diagnosed(run: TaskRun): number {
    this.tables.budget.spend(DIAGNOSIS_STEPS);
    return this.numberOf(diagnose(run));
  }

  private numberOf({ category, fingerprint, title }: KnownCause): number {
    const key = `${category} ${fingerprint}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.causes.push({ fingerprint, category, title }) - 1;
      this.numbers.set(key, number);
    }
    return number;
  }
}
