import type Database from 'better-sqlite3';
import type { TaskRun } from '../../../../src/model/task-run';
import { SEGMENT_SIZE } from '../columns';
import type { RecalledRun, Sample } from '../engine';
import { STATE_NUMBER, SUBSTATE_NUMBER } from '../../../../src/model/word-numbers';
import type { SegmentLoader } from './load-segment';
import { decodeRecord } from './run-row';
import type { RunTexts } from './text-blocks';

/** Newest runs that are looked at when the store starts. */
const LOOK_BACK_ROWS = 200_000;
/** Different combinations of task and end, and of workers, that are looked for among them. */
const MOST_KINDS = 5_000;

const LOST = (SUBSTATE_NUMBER.get('lost') ?? NaN) + 1;

/**
 * What ended last, who was heard of and who owns what must not be forgotten by a restart, or alerts on it would fire.
 * Columns tell which runs say so; only those few are read whole.
 */
export function* recallEnded(
  loader: SegmentLoader,
  textsOf: (id: number) => RunTexts | undefined,
  newestId: number
): Generator<RecalledRun> {
  const newest = new Map<string, { id: number; at: number }>();
  const note = (kind: string, id: number, at: number): void => {
    const held = newest.get(kind);
    if (held === undefined ? newest.size < MOST_KINDS : at >= held.at) {
      newest.set(kind, { id, at });
    }
  };
  const firstId = Math.max(1, newestId - LOOK_BACK_ROWS);
  for (let number = Math.floor(firstId / SEGMENT_SIZE); number <= Math.floor(newestId / SEGMENT_SIZE); number++) {
    const segment = loader.load(number);
    const { source, task, queue, worker, state, substate, finished, observed } = segment;
    for (let i = Math.max(segment.first, firstId - segment.firstId); i < segment.length; i++) {
      if (state[i]! < STATE_NUMBER.completed || state[i]! > STATE_NUMBER.cancelled) {
        continue;
      }
      const id = segment.firstId + i;
      note(
        `${source[i]} ${task[i]} ${queue[i]} ${state[i]}`,
        id,
        finished[i]! === finished[i]! ? finished[i]! : observed[i]!
      );
      if (substate[i] !== LOST) {
        note(`${source[i]} ${worker[i]}`, id, observed[i]!);
      }
    }
  }
  for (const id of new Set([...newest.values()].map((held) => held.id))) {
    const texts = textsOf(id);
    if (texts !== undefined) {
      yield { id, run: JSON.parse(texts.run) as TaskRun, beats: false, samples: [] };
    }
  }
}

/** Runs that have not ended, among those with ids in the ranges. They are never sealed. */
export function* recallOpen(
  db: Database.Database,
  ranges: ReadonlyArray<readonly [from: number, to: number]>
): Generator<RecalledRun> {
  const rows = db.prepare<[number, number, number], { id: number; run: string; history: string }>(
    'SELECT id, run, history FROM runs WHERE id >= ? AND id < ? AND state <= ?'
  );
  const samples = db.prepare<[number], Sample>(
    'SELECT at, cpu, rss FROM samples WHERE run = ? ORDER BY at DESC LIMIT 2'
  );
  for (const [from, to] of ranges) {
    for (const { id, run: text, history } of rows.iterate(from, to, STATE_NUMBER.running)) {
      const { record, beats } = decodeRecord(text, history);
      const { run } = record;
      yield { id, run, beats, samples: run.state === 'running' ? samples.all(id).reverse() : [] };
    }
  }
}
