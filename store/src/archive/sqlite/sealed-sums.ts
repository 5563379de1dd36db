import { deserialize, serialize } from 'node:v8';
import type Database from 'better-sqlite3';
import { Causes } from '../../../../src/analysis/causes';
import { summarise } from '../../../../src/analysis/summarise';
import { SUMMARY_VERSION } from '../../../../src/analysis/summary';
import type { Summary, SummaryBounds, Summed } from '../../../../src/analysis/summary';
import { UNMETERED } from '../../../../src/model/pattern';
import { ABSENT } from '../../../../src/model/run-table';
import type { KnownCause, RunReads } from '../../../../src/model/run-table';
import { STATE_NUMBER } from '../../../../src/model/word-numbers';
import { Segment, SEGMENT_SIZE } from '../columns';
import { hasBit, packColumns, unpackColumns } from './sealed-columns';
import { setRow } from './set-row';
import type { NarrowRow } from './set-row';

/** What is known of a sealed segment as a whole: for the file, or for a thread that writes it. */
export interface SealedSums {
  bounds: SummaryBounds;
  sums: Uint8Array;
}

/** What the file holds of a segment's sums. */
interface Sums {
  summary: Summary;
  /** Bits of the rows that are summed. */
  summed: Uint8Array;
  /** The other rows, and their columns (`sealed-columns.ts`). */
  rows: Uint16Array;
  columns: Uint8Array;
  /** What those of them that failed did fail of: place among the causes + 1. */
  causes: KnownCause[];
  causeOf: Uint16Array;
}

/**
 * Sums up a segment whose runs have all ended.
 *
 * @param run a failed run by its id
 * @param least as in `summarise`
 * @returns `undefined` where it is not worth it
 */
export function sumSegment(segment: Segment, run: RunReads['run'], least?: number): SealedSums | undefined {
  const made = summarise(segment, (a, b) => a - b, least);
  if (made === undefined) {
    return undefined;
  }
  const { summary, summed } = made;
  const rows: number[] = [];
  for (let i = segment.first; i < segment.length; i++) {
    if (segment.state[i] !== ABSENT && !hasBit(summed, i)) {
      rows.push(i);
    }
  }
  const others = new Segment(0);
  others.length = rows.length;
  rows.forEach((i, k) => copyRow(segment, i, others, k));
  const none = { change: new Float64Array(rows.length), labels: new Uint32Array(rows.length) };
  const { causes, causeOf } = causesOf(segment, rows, run);
  const sums: Sums = {
    summary,
    summed,
    rows: Uint16Array.from(rows),
    columns: packColumns(others, none),
    causes,
    causeOf,
  };
  const { from, to, step, lengthsStep } = summary;
  return { bounds: { from, to, step, lengthsStep }, sums: serialize(sums) };
}

function causesOf(segment: Segment, rows: readonly number[], run: RunReads['run']): Pick<Sums, 'causes' | 'causeOf'> {
  const found = new Causes({ rows: { run }, budget: UNMETERED });
  const causes: KnownCause[] = [];
  const places = new Map<number, number>([[0, 0]]);
  const causeOf = Uint16Array.from(rows, (i) => {
    const number = segment.state[i] === STATE_NUMBER.failed ? found.of(segment, i) : 0;
    let place = places.get(number);
    if (place === undefined) {
      place = causes.push(found.cause(number));
      places.set(number, place);
    }
    return place;
  });
  return { causes, causeOf };
}

/** Reads what is known of sealed segments as a whole. Belongs to one connection. */
export class SumsReader {
  private readonly blob: Database.Statement<[number], Buffer>;
  private readonly gone: Database.Statement<[number], Buffer>;
  private readonly loose: Database.Statement<[number, number], NarrowRow>;
  /** The newest that were read, within the limit; for each which sealing it is of. */
  private readonly kept = new Map<number, { stamp: number; sums: Sums; bytes: number }>();
  private keptBytes = 0;
  /** Rows that are not summed, of one segment at a time. */
  private others: Segment | undefined;
  private told: { segment: number; summed: Summed | undefined } | undefined;

  constructor(
    db: Database.Database,
    private readonly maxBytes: number
  ) {
    const blob = (sql: string) => db.prepare<[number], Buffer>(sql).pluck();
    this.blob = blob(`SELECT sums FROM sealed_sums WHERE segment = ? AND version = ${SUMMARY_VERSION}`);
    this.gone = blob('SELECT rows FROM sealed_gone WHERE segment = ?');
    this.loose = db
      .prepare<[number, number], NarrowRow>('SELECT id, change, cols FROM runs WHERE id >= ? AND id < ?')
      .raw();
  }

  /** The state of the file that is asked about is another one. */
  refresh(): void {
    this.told = undefined;
  }

  /**
   * The sums of a segment, with the other rows as they are now; `undefined` where there are none, or a run that is summed
   * has changed or gone since. It holds until another segment is asked for.
   */
  summed(segment: number, stamp: number): Summed | undefined {
    if (this.told?.segment !== segment) {
      this.told = { segment, summed: this.read(segment, stamp) };
    }
    return this.told.summed;
  }

  private read(segment: number, stamp: number): Summed | undefined {
    const sums = this.sumsOf(segment, stamp);
    if (sums === undefined) {
      return undefined;
    }
    const { summary, summed } = sums;
    const gone = this.gone.get(segment);
    if (gone?.some((bits, i) => (bits & (summed[i] ?? 0)) !== 0) === true) {
      return undefined;
    }
    const first = segment * SEGMENT_SIZE;
    const loose = this.loose.all(first, first + SEGMENT_SIZE);
    if (loose.some(([id]) => id - first < 8 * summed.length && hasBit(summed, id - first))) {
      return undefined;
    }
    return { summary, others: this.othersOf(segment, sums, gone, loose) };
  }

  private sumsOf(segment: number, stamp: number): Sums | undefined {
    const known = this.kept.get(segment);
    if (known?.stamp === stamp) {
      return known.sums;
    }
    if (known !== undefined) {
      this.forget(segment);
    }
    const blob = this.blob.get(segment);
    if (blob === undefined || blob === null) {
      return undefined;
    }
    const sums = deserialize(blob) as Sums;
    this.kept.set(segment, { stamp, sums, bytes: blob.length });
    this.keptBytes += blob.length;
    // Most questions are about the newest: the oldest leave first, as columns do.
    for (const oldest of [...this.kept.keys()].sort((a, b) => a - b)) {
      if (this.keptBytes <= this.maxBytes) {
        break;
      }
      this.forget(oldest);
    }
    return sums;
  }

  private forget(segment: number): void {
    this.keptBytes -= this.kept.get(segment)?.bytes ?? 0;
    this.kept.delete(segment);
  }

  private othersOf(
    segment: number,
    { rows, columns, causes, causeOf }: Sums,
    gone: Uint8Array | undefined,
    loose: readonly NarrowRow[]
  ): Segment {
    const others = (this.others ??= new Segment(segment));
    others.reuse(segment);
    unpackColumns(others, Buffer.from(columns.buffer, columns.byteOffset, columns.length), rows.length, undefined);
    const ids = new Float64Array(rows.length + loose.length);
    const changed = new Set(loose.map(([id]) => id));
    rows.forEach((row, i) => {
      ids[i] = others.firstId + row;
      if (changed.has(ids[i]!) || (gone !== undefined && hasBit(gone, row))) {
        others.state[i] = ABSENT;
      }
    });
    loose.forEach((row, i) => {
      ids[rows.length + i] = row[0];
      setRow(others, row, rows.length + i);
    });
    others.ids = ids;
    others.told = { causes, of: causeOf };
    return others;
  }
}

function copyRow(from: Segment, i: number, to: Segment, k: number): void {
  to.state[k] = from.state[i]!;
  to.substate[k] = from.substate[i]!;
  to.kind[k] = from.kind[i]!;
  to.beats[k] = from.beats[i]!;
  to.retried[k] = from.retried[i]!;
  to.attempt[k] = from.attempt[i]!;
  to.source[k] = from.source[i]!;
  to.task[k] = from.task[i]!;
  to.worker[k] = from.worker[i]!;
  to.host[k] = from.host[i]!;
  to.queue[k] = from.queue[i]!;
  to.ending[k] = from.ending[i]!;
  to.created[k] = from.created[i]!;
  to.queued[k] = from.queued[i]!;
  to.started[k] = from.started[i]!;
  to.finished[k] = from.finished[i]!;
  to.observed[k] = from.observed[i]!;
  to.cpu[k] = from.cpu[i]!;
  to.rss[k] = from.rss[i]!;
  to.begin[k] = from.begin[i]!;
  to.end[k] = from.end[i]!;
  to.setLimits(k, from.limits?.memory[i] ?? NaN, from.limits?.cpu[i] ?? NaN);
  to.first = Math.min(to.first, k);
  to.length = Math.max(to.length, k + 1);
}
