import type Database from 'better-sqlite3';
import type { TaskRun } from '../../../../src/model/task-run';
import type { RecalledRun, Sample } from '../engine';
import { STATE_NUMBER, SUBSTATE_NUMBER } from '../../../../src/model/word-numbers';
import { RowPacker } from './packed-row';
import { decodeRecord } from './run-row';

/** Newest runs that are looked at when the store starts. */
const LOOK_BACK_ROWS = 200_000;
/** Different combinations of task and end, and of workers, that are looked for among them. */
const MOST_KINDS = 5_000;

const LOST = (SUBSTATE_NUMBER.get('lost') ?? NaN) + 1;

/**
 * What ended last, who was heard of and who owns what must not be forgotten by a restart, or alerts on it would fire.
 * Columns tell which runs say so; only those few are read whole.
 */
export function* recallEnded(db: Database.Database, newestId: number): Generator<RecalledRun> {
  const packer = new RowPacker();
  const newest = new Map<string, { id: number; at: number }>();
  const note = (kind: string, id: number, at: number): void => {
    const held = newest.get(kind);
    if (held === undefined ? newest.size < MOST_KINDS : at >= held.at) {
      newest.set(kind, { id, at });
    }
  };
  const rows = db
    .prepare<[number, number, number], [id: number, cols: Buffer]>(
      'SELECT id, cols FROM runs WHERE id > ? AND state BETWEEN ? AND ?'
    )
    .raw();
  for (const [id, cols] of rows.iterate(newestId - LOOK_BACK_ROWS, STATE_NUMBER.completed, STATE_NUMBER.cancelled)) {
    packer.unpack(cols);
    const { floats, words, small } = packer;
    const finished = floats[3]!;
    const observed = floats[4]!;
    note(`${words[0]} ${words[1]} ${words[4]} ${small[0]}`, id, finished === finished ? finished : observed);
    if (small[1] !== LOST) {
      note(`${words[0]} ${words[2]}`, id, observed);
    }
  }
  const read = db.prepare<[number], string>('SELECT run FROM runs WHERE id = ?').pluck();
  for (const id of new Set([...newest.values()].map((held) => held.id))) {
    const text = read.get(id);
    if (text !== undefined) {
      yield { id, run: JSON.parse(text) as TaskRun, beats: false, samples: [] };
    }
  }
}

/** Runs that have not ended, among those with ids in the ranges. */
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
