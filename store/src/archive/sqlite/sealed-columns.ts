import type { Segment } from '../columns';
import { ABSENT } from '../../../../src/model/run-table';
import { NumberReader, NumberWriter } from './narrow-numbers';
import { setLife } from './set-row';

/** Columns before that of the changes. */
const COLUMNS = 22;

/** What a sealed segment holds beside the columns that questions are answered from. */
export interface RowNumbers {
  /** By row: the number of its newest change. */
  change: Float64Array;
  /** By row: the number of its set of labels. */
  labels: Uint32Array;
}

/**
 * The rows of a segment that are there, as one blob of columns (`narrow-numbers.ts`). Rows that are not are `ABSENT`, and
 * nothing is reported of them.
 */
export function packColumns(segment: Segment, { change, labels }: RowNumbers): Buffer {
  const { length, state } = segment;
  const times = (values: Float64Array) => values.map((value, i) => (i >= length || state[i] === ABSENT ? NaN : value));
  const queued = times(segment.queued);
  const started = times(segment.started);
  const finished = times(segment.finished);
  const limits = segment.limits ?? {
    memory: new Float64Array(length).fill(NaN),
    cpu: new Float64Array(length).fill(NaN),
  };
  return (
    new NumberWriter(length)
      .add(state)
      .add(segment.substate)
      .add(segment.kind)
      .add(segment.beats)
      .add(segment.retried)
      .add(segment.attempt)
      .add(segment.source)
      .add(segment.task)
      .add(segment.worker)
      .add(segment.host)
      .add(segment.queue)
      .add(segment.ending)
      .add(labels)
      .add(queued)
      .add(times(segment.created), queued)
      .add(started, queued)
      .add(finished, started)
      .add(times(segment.observed), finished)
      .add(times(segment.cpu))
      .add(times(segment.rss))
      .add(times(limits.memory))
      .add(times(limits.cpu))
      // Runs that come in one event each change in their order: then these are all the same.
      .add(change.map((value, i) => value - i))
      .take()
  );
}

/**
 * Fills an empty segment with rows that were packed.
 *
 * @param gone bits of rows that went since
 */
export function unpackColumns(segment: Segment, blob: Buffer, length: number, gone: Uint8Array | undefined): void {
  const { state, queued, started, finished } = segment;
  const reader = new NumberReader(blob, length);
  reader.into(state);
  reader.into(segment.substate);
  reader.into(segment.kind);
  reader.into(segment.beats);
  reader.into(segment.retried);
  reader.into(segment.attempt);
  reader.into(segment.source);
  reader.into(segment.task);
  reader.into(segment.worker);
  reader.into(segment.host);
  reader.into(segment.queue);
  reader.into(segment.ending);
  reader.skip(1);
  reader.into(queued);
  reader.into(segment.created, queued);
  reader.into(started, queued);
  reader.into(finished, started);
  reader.into(segment.observed, finished);
  reader.into(segment.cpu);
  reader.into(segment.rss);
  const memory = new Float64Array(length);
  const cpu = new Float64Array(length);
  reader.into(memory);
  reader.into(cpu);
  for (let i = 0; i < length; i++) {
    if (gone !== undefined && hasBit(gone, i)) {
      state[i] = ABSENT;
    } else if (state[i] !== ABSENT) {
      setLife(segment, i);
      segment.setLimits(i, memory[i]!, cpu[i]!);
      segment.first = Math.min(segment.first, i);
    }
  }
  segment.length = length;
}

/** Numbers of the changes of packed rows, by row; NaN where there is none. */
export function unpackChanges(blob: Buffer, length: number): Float64Array {
  const reader = new NumberReader(blob, length);
  reader.skip(COLUMNS);
  const change = new Float64Array(length);
  reader.into(change);
  return change.map((value, i) => value + i);
}

export function unpackLabels(blob: Buffer, length: number): Uint32Array {
  const reader = new NumberReader(blob, length);
  reader.skip(12);
  const labels = new Uint32Array(length);
  reader.into(labels);
  return labels;
}

export function hasBit(bits: Uint8Array, i: number): boolean {
  return (bits[i >> 3]! & (1 << (i & 7))) !== 0;
}
