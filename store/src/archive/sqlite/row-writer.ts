import type Database from 'better-sqlite3';
import { abnormalEnding } from '../../../../src/diagnosis/diagnose';
import type { TaskRun } from '../../../../src/model/task-run';
import type { ChangedRun } from '../engine';
import { KIND_NUMBER, STATE_NUMBER, SUBSTATE_NUMBER } from '../../../../src/model/word-numbers';
import { hashText } from './hash-text';
import type { NameBook } from './name-book';
import { BEATS, RETRIED, RowPacker } from './packed-row';
import { encodeHistory } from './run-row';

/** Writes runs as rows of the table `runs`, within a transaction of who calls. */
export class RowWriter {
  private readonly packer = new RowPacker();
  private readonly insertRun: Database.Statement<unknown[]>;
  private readonly updateRun: Database.Statement<unknown[]>;

  constructor(
    db: Database.Database,
    private readonly names: NameBook
  ) {
    this.insertRun = db.prepare(
      'INSERT INTO runs (id, hash, source, attempt, change, root, trace, state, observed, cols, run, history) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
    );
    // Columns that an index is over only when they may have changed: roots and traces come once, if at all.
    this.updateRun = db.prepare(
      'UPDATE runs SET change = ?, root = ?, trace = ?, state = ?, observed = ?, cols = ?, run = ?, history = ? WHERE id = ?'
    );
  }

  /**
   * Writes a run as a loose row: the one that it has, or a new one where it is new or sealed.
   *
   * @param hash of its run id, for a run that is new
   * @returns the run's JSON text, and whether the row is new
   */
  write(
    { id, record, beats }: Pick<ChangedRun, 'id' | 'record' | 'beats'>,
    change: number,
    hash: number | undefined
  ): { text: string; isNewRow: boolean } {
    const { run } = record;
    const text = JSON.stringify(run);
    const bytes = this.packed(run, beats);
    const { words, small } = this.packer;
    const root = run.rootId === undefined ? null : hashText(run.rootId);
    const trace = run.traceId === undefined ? null : hashText(run.traceId);
    const history = encodeHistory(record, beats);
    const { state, observed } = { state: small[0], observed: run.observedAt };
    if (
      hash === undefined &&
      this.updateRun.run(change, root, trace, state, observed, bytes, text, history, id).changes > 0
    ) {
      return { text, isNewRow: false };
    }
    this.insertRun.run(
      id,
      hash ?? hashText(run.runId),
      words[0],
      run.attempt,
      change,
      root,
      trace,
      state,
      observed,
      bytes,
      text,
      history
    );
    return { text, isNewRow: true };
  }

  private packed(run: TaskRun, beats: boolean): Buffer {
    const { floats, words, small, limits } = this.packer;
    floats[0] = run.createdAt ?? NaN;
    floats[1] = run.queuedAt ?? NaN;
    floats[2] = run.startedAt ?? NaN;
    floats[3] = run.finishedAt ?? NaN;
    floats[4] = run.observedAt;
    floats[5] = run.cpuSeconds ?? NaN;
    floats[6] = run.maxRssBytes ?? NaN;
    words[0] = this.names.idOf(run.source);
    words[1] = this.names.idOf(run.task);
    words[2] = this.names.idOf(run.worker);
    words[3] = this.names.idOf(run.host);
    words[4] = this.names.idOf(run.queue);
    words[5] = this.names.idOf(abnormalEnding(run));
    words[6] = run.attempt;
    small[0] = STATE_NUMBER[run.state];
    small[1] = run.substate === undefined ? 0 : (SUBSTATE_NUMBER.get(run.substate) ?? -1) + 1;
    small[2] = run.kind === undefined ? 0 : KIND_NUMBER[run.kind] + 1;
    small[3] = (beats ? BEATS : 0) | (run.retried === true ? RETRIED : 0);
    limits[0] = run.memoryLimitBytes ?? NaN;
    limits[1] = run.cpuLimitCores ?? NaN;
    return this.packer.packed();
  }
}
