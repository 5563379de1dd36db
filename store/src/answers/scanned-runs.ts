import { ListedRuns } from '../../../src/analysis/listed-runs';
import type { RunDetail } from '../../../src/model/answer';
import type { RunTable } from '../../../src/model/run-table';
import type { TimeRange } from '../../../src/model/task-query';
import type { TaskRun } from '../../../src/model/task-run';
import type { Budget } from '../archive/budget';
import { READ_STEPS } from '../archive/columns';
import type { Columns, Rows } from '../archive/columns';
import type { RunScan, ScannedRun } from '../archive/engine';

const EVER: TimeRange = { from: -Infinity, to: Infinity };

/** The runs of an engine that gives them one by one, as tables. They are read anew for each question. */
export class ScannedRuns implements Columns {
  private read: RunsOfQuestion;

  constructor(
    private readonly scan: RunScan,
    readonly budget: Budget
  ) {
    this.read = new RunsOfQuestion(scan, budget);
  }

  /** Of a question. */
  begin(): void {
    this.read = new RunsOfQuestion(this.scan, this.budget);
  }

  get names(): readonly string[] {
    return this.read.names;
  }

  get rows(): Rows {
    return this.read;
  }

  overlapping(range: TimeRange): Iterable<RunTable> {
    return this.read.overlapping(range);
  }

  rowOf(id: number): { table: RunTable; row: number } {
    return this.read.rowOf(id);
  }

  distinct(column: 'task' | 'source'): number {
    return new Set(Array.from(this.scan.alive(EVER), ({ record }) => record.run[column])).size;
  }

  warm(): boolean {
    return false;
  }

  forgetCauses(): void {
    // They go with the tables.
  }
}

/** What was read for one question: a list for each range that was asked for. */
class RunsOfQuestion extends ListedRuns implements Rows {
  private readonly kept: ReadonlyMap<TaskRun, ScannedRun>;

  constructor(scan: RunScan, budget: Budget) {
    const kept = new Map<TaskRun, ScannedRun>();
    const lists = new Map<string, TaskRun[]>();
    const alive = (range: TimeRange): TaskRun[] => {
      const key = `${range.from} ${range.to}`;
      let list = lists.get(key);
      if (list === undefined) {
        list = Array.from(budget.each(scan.alive(range), READ_STEPS), (scanned) => {
          kept.set(scanned.record.run, scanned);
          return scanned.record.run;
        });
        lists.set(key, list);
      }
      return list;
    };
    const samples = (run: TaskRun) => kept.get(run)?.samples ?? [];
    super({ alive, samples, beats: (run) => kept.get(run)?.beats === true }, budget);
    this.kept = kept;
  }

  text(id: number): string | undefined {
    return JSON.stringify(this.run(id));
  }

  detailText(id: number): string | undefined {
    const run = this.run(id);
    const kept = run === undefined ? undefined : this.kept.get(run);
    if (kept === undefined) {
      return undefined;
    }
    const { transitions, conflicts } = kept.record;
    const samples = [...kept.samples];
    return JSON.stringify({
      run: kept.record.run,
      transitions: [...transitions],
      conflicts,
      samples,
    } satisfies RunDetail);
  }
}
