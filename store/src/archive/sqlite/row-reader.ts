import type Database from 'better-sqlite3';
import type { ResourceSample } from '../../../../src/model/answer';
import type { Labels, SampleRow } from '../../../../src/model/run-table';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import type { Budget } from '../budget';
import { READ_STEPS, SEGMENT_SIZE } from '../columns';
import type { Rows, Segment } from '../columns';
import { hashText } from './hash-text';
import { RunDetail } from './run-detail';
import { SampleReader } from './sample-reader';
import { selectByHash } from './schema';

/** Reads single runs, and what columns do not hold, from the file. */
export class RowReader implements Rows {
  private readonly detail: RunDetail;
  private readonly runText: Database.Statement<[number], string>;
  private readonly wholeRow: Database.Statement<[number], { id: number; run: string; history: string }>;
  private readonly keyOf: Database.Statement<[number], { hash: number; source: number; attempt: number }>;
  private readonly attemptsOf: Database.Statement<[number], { id: number; source: number; attempt: number }>;
  private readonly idsByHash: Database.Statement<[number], number>;
  private readonly idsByRoot: Database.Statement<[number], number>;
  private readonly idsByTrace: Database.Statement<[number], number>;
  private readonly labelTexts: Database.Statement<[number, number], [id: number, labels: string | null]>;
  private readonly samples: SampleReader;

  constructor(
    db: Database.Database,
    private readonly budget: Budget
  ) {
    const ids = (sql: string) => db.prepare<[number], number>(sql).pluck();
    this.samples = new SampleReader(db);
    this.detail = new RunDetail(this.samples);
    this.runText = db.prepare<[number], string>('SELECT run FROM runs WHERE id = ?').pluck();
    this.wholeRow = db.prepare('SELECT id, run, history FROM runs WHERE id = ?');
    this.keyOf = db.prepare('SELECT hash, source, attempt FROM runs WHERE id = ?');
    this.attemptsOf = db.prepare(selectByHash('id, source, attempt'));
    this.idsByHash = ids(selectByHash('id'));
    this.idsByRoot = ids('SELECT id FROM runs WHERE root = ?');
    this.idsByTrace = ids('SELECT id FROM runs WHERE trace = ?');
    this.labelTexts = db
      .prepare<[number, number], [number, string | null]>(
        "SELECT id, run ->> '$.labels' FROM runs WHERE id >= ? AND id < ? AND run LIKE '%\"labels\":{%'"
      )
      .raw();
  }

  text(id: number): string | undefined {
    return this.runText.get(id);
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
    const row = this.wholeRow.get(id);
    return row === undefined ? undefined : this.detail.text(row);
  }

  idsBy(field: 'runId' | 'rootId' | 'traceId', value: string): number[] {
    const hash = hashText(value);
    switch (field) {
      case 'runId':
        return this.idsByHash.all(hash);
      case 'rootId':
        return [...this.idsByRoot.all(hash), ...this.idsByHash.all(hash)];
      case 'traceId':
        return this.idsByTrace.all(hash);
    }
  }

  firstAttempt(id: number): number {
    const own = this.keyOf.get(id);
    if (own === undefined) {
      return id;
    }
    let first = { id, attempt: own.attempt };
    for (const other of this.attemptsOf.all(own.hash)) {
      if (other.source === own.source && other.attempt < first.attempt) {
        first = other;
      }
    }
    return first.id;
  }

  /** The label sets of a segment, read from the file once. */
  labels(segment: Segment): Labels {
    if (segment.labels === undefined) {
      const sets: Array<Readonly<Record<string, string>>> = [{}];
      const numbers = new Map<string, number>();
      const of = new Uint32Array(SEGMENT_SIZE);
      const rows = this.labelTexts.iterate(segment.firstId, segment.firstId + SEGMENT_SIZE);
      for (const [id, text] of this.budget.each(rows, READ_STEPS)) {
        if (text === null) {
          continue;
        }
        let number = numbers.get(text);
        if (number === undefined) {
          number = sets.push(JSON.parse(text) as Record<string, string>) - 1;
          numbers.set(text, number);
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
