import type Database from 'better-sqlite3';
import type { ResourceSample } from '../../../../src/model/answer';
import type { Labels, SampleRow } from '../../../../src/model/run-table';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import type { Budget } from '../budget';
import { READ_STEPS, SEGMENT_SIZE } from '../columns';
import type { Rows, Segment } from '../columns';
import { RunDetail } from './run-detail';
import { RunsByKey } from './runs-by-key';
import { SampleReader } from './sample-reader';
import type { SealedRuns } from './sealed-runs';

/** Reads single runs, and what columns do not hold, from the file. */
export class RowReader implements Rows {
  private readonly detail: RunDetail;
  private readonly runs: RunsByKey;
  private readonly labelTexts: Database.Statement<[number, number], [id: number, labels: string | null]>;
  private readonly samples: SampleReader;

  constructor(
    db: Database.Database,
    private readonly sealed: SealedRuns,
    private readonly budget: Budget
  ) {
    this.samples = new SampleReader(db);
    this.detail = new RunDetail(this.samples);
    this.runs = new RunsByKey(db, sealed);
    this.labelTexts = db
      .prepare<[number, number], [number, string | null]>(
        "SELECT id, CASE WHEN run LIKE '%\"labels\":{%' THEN run ->> '$.labels' END FROM runs WHERE id >= ? AND id < ?"
      )
      .raw();
  }

  text(id: number): string | undefined {
    return this.runs.texts(id)?.run;
  }

  run(id: number, text?: string): TaskRun | undefined {
    const json = this.text(id);
    this.budget.spend(READ_STEPS + ((json?.length ?? 0) >> 4));
    // Most runs do not hold the text anywhere, and need not be parsed to find out where.
    return json === undefined || (text !== undefined && !json.toLowerCase().includes(JSON.stringify(text).slice(1, -1)))
      ? undefined
      : (JSON.parse(json) as TaskRun);
  }

  /** As they came. */
  order(a: number, b: number): number {
    return a - b;
  }

  detailText(id: number): string | undefined {
    const texts = this.runs.texts(id);
    return texts === undefined ? undefined : this.detail.text(id, texts);
  }

  idsBy(field: 'runId' | 'rootId' | 'traceId', value: string): number[] {
    return this.runs.idsBy(field, value);
  }

  firstAttempt(id: number): number {
    const text = this.text(id);
    if (text === undefined) {
      return id;
    }
    const { source, runId, attempt } = JSON.parse(text) as TaskRun;
    let first = { id, attempt };
    for (const { found, run } of this.runs.attempts(source, runId)) {
      if (run.attempt < first.attempt) {
        first = { id: found.id, attempt: run.attempt };
      }
    }
    return first.id;
  }

  /** The label sets of a segment, read from the file once. */
  labels(segment: Segment): Labels {
    if (segment.labels === undefined) {
      const { sets, of } = this.sealed.labels(segment.segment);
      const numbers = new Map<string, number>();
      const rows = this.labelTexts.iterate(segment.firstId, segment.firstId + SEGMENT_SIZE);
      for (const [id, text] of this.budget.each(rows, READ_STEPS)) {
        let number = text === null ? 0 : numbers.get(text);
        if (number === undefined) {
          number = sets.push(JSON.parse(text!) as Record<string, string>) - 1;
          numbers.set(text!, number);
        }
        of[id - segment.firstId] = number;
      }
      segment.labels = { sets, of };
    }
    return segment.labels;
  }

  samplesIn(segment: Segment): Iterable<SampleRow> {
    return this.samples.in(segment);
  }

  samplesOf(id: number): ResourceSample[] {
    return this.samples.of(id);
  }

  lastSamples(id: number, until: EpochMs): ResourceSample[] {
    return this.samples.last(id, until);
  }
}
