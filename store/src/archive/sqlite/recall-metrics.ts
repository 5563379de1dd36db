import type Database from 'better-sqlite3';
import type { TaskRun } from '../../../../src/model/task-run';
import { RowPacker } from './packed-row';
import { STATE_NUMBER, SUBSTATE_NUMBER } from './run-row';
import type { TaskMetrics } from '../../metrics/task-metrics';

/** Newest runs that are looked at when the store starts. */
const LOOK_BACK_ROWS = 200_000;
/** Different combinations of task and end, and of workers, that are looked for among them. */
const MOST_KINDS = 5_000;

const LOST = (SUBSTATE_NUMBER.get('lost') ?? NaN) + 1;

/**
 * What ended last, who was heard of and who owns what must not be forgotten by a restart, or alerts on it would fire.
 * Columns tell which runs say so; only those few are read whole.
 */
export function recallEnded(db: Database.Database, metrics: TaskMetrics, newestId: number): void {
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
      metrics.adopt(JSON.parse(text) as TaskRun, id);
    }
  }
}

/** What a running run used when it was sampled last: two samples make a rate. */
export function recallSamples(db: Database.Database, metrics: TaskMetrics, id: number): void {
  const samples = db
    .prepare<[number], [at: number, cpu: number | null, rss: number | null]>(
      'SELECT at, cpu, rss FROM samples WHERE run = ? ORDER BY at DESC LIMIT 2'
    )
    .raw()
    .all(id);
  for (const [at, cpu, rss] of samples.reverse()) {
    metrics.sample(id, at, cpu, rss);
  }
}
