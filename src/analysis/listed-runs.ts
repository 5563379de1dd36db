import type { ResourceSample } from '../model/answer';
import { UNMETERED } from '../model/pattern';
import type { Meter } from '../model/pattern';
import type { Labels, RunReads, RunTable, RunTables, SampleRow } from '../model/run-table';
import type { TimeRange } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import { byKey } from './order';
import { NameNumbers, TableOfRuns } from './table-of-runs';

const EVER: TimeRange = { from: -Infinity, to: Infinity };

/** Resource samples of a run, oldest first. */
export type SamplesOf = (run: TaskRun) => readonly ResourceSample[];

export interface Listing {
  /** Runs that were alive in a range, others among them or not; the same list for the same range. */
  alive: (range: TimeRange) => readonly TaskRun[];
  samples?: SamplesOf;
  /** Whether signs of life of a run come in between its states. */
  beats?: (run: TaskRun) => boolean;
}

/** Runs that are given as lists of objects, as tables: one per list. */
export class ListedRuns implements RunTables, RunReads {
  readonly rows = this;
  private readonly numbers = new NameNumbers();
  private readonly tables: TableOfRuns[] = [];
  /** Ids of the earliest attempts, by source and run id. */
  private firsts: Map<string, number> | undefined;

  constructor(
    private readonly listing: Listing,
    readonly budget: Meter = UNMETERED
  ) {}

  get names(): readonly string[] {
    return this.numbers.names;
  }

  overlapping(range: TimeRange): RunTable[] {
    return [this.tableOf(range)];
  }

  rowOf(id: number): { table: TableOfRuns; row: number } {
    const table = this.tables.find(({ firstId, length }) => id < firstId + length) ?? this.tables[0]!;
    return { table, row: id - table.firstId };
  }

  run(id: number): TaskRun | undefined {
    const { table, row } = this.rowOf(id);
    return table.runs[row];
  }

  /** By key, whatever order they were given in. */
  order(a: number, b: number): number {
    return byKey(this.run(a)!, this.run(b)!);
  }

  labels(table: RunTable): Labels {
    return this.rowOf(table.firstId).table.labels;
  }

  idsBy(): undefined {
    return undefined;
  }

  firstAttempt(id: number): number {
    const run = this.run(id)!;
    const first = this.firstIds().get(attemptsKey(run)) ?? id;
    // A run that is in several lists has several ids.
    return this.run(first)!.attempt === run.attempt ? id : first;
  }

  *samplesIn(table: RunTable): Generator<SampleRow> {
    const { samples } = this.listing;
    const { runs, firstId } = this.rowOf(table.firstId).table;
    for (let i = 0; samples !== undefined && i < runs.length; i++) {
      for (const { at, cpuSeconds, rssBytes } of samples(runs[i]!)) {
        yield [firstId + i, at, cpuSeconds ?? null, rssBytes ?? null];
      }
    }
  }

  samplesOf(id: number): readonly ResourceSample[] {
    return this.listing.samples?.(this.run(id)!) ?? [];
  }

  lastSamples(id: number, until: EpochMs): readonly ResourceSample[] {
    return this.samplesOf(id)
      .filter(({ at }) => at <= until)
      .slice(-2);
  }

  private tableOf(range: TimeRange): TableOfRuns {
    const runs = this.listing.alive(range);
    let table = this.tables.find((one) => one.runs === runs);
    if (table === undefined) {
      const last = this.tables.at(-1);
      const firstId = last === undefined ? 0 : last.firstId + last.length;
      table = new TableOfRuns(runs, firstId, this.numbers, this.listing.beats);
      this.tables.push(table);
    }
    return table;
  }

  private firstIds(): ReadonlyMap<string, number> {
    if (this.firsts === undefined) {
      this.firsts = new Map();
      const { runs, firstId } = this.tableOf(EVER);
      for (let i = 0; i < runs.length; i++) {
        const key = attemptsKey(runs[i]!);
        const known = this.firsts.get(key);
        if (known === undefined || runs[i]!.attempt < this.run(known)!.attempt) {
          this.firsts.set(key, firstId + i);
        }
      }
    }
    return this.firsts;
  }
}

function attemptsKey({ source, runId }: TaskRun): string {
  return `${source}\n${runId}`;
}
