import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Answer } from '../../../../src/model/answer';
import type { TaskEvent } from '../../../../src/model/task-event';
import { DEFAULT_CONFIG } from '../../config/config';
import { InProcessArchive } from '../../threads/in-process';
import { withoutSealed } from './older-file.kit';
import { openSqlite } from './open';

const NOW = 1_750_000_000_000;

test('a file of before counts the runs of several attempts by their last one once it is opened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  const file = join(folder, 'archive.sqlite');
  const open = () => new InProcessArchive(openSqlite(file), DEFAULT_CONFIG, { now: () => NOW, steady: () => 0 });
  const event = (runId: string, attempt: number, state: 'failed' | 'completed'): TaskEvent => ({
    source: 'shop',
    runId,
    attempt,
    task: 'mail',
    at: NOW - 60_000 + attempt * 1_000,
    state,
    ...(state === 'failed' && { exitCode: 1, memoryLimitBytes: 1e6 }),
  });
  const totals = async (archive: InProcessArchive) => {
    const query = { view: 'states' as const, filter: { matches: [] }, limit: 10, now: NOW };
    const text = await archive.query({ ...query, range: { from: NOW - 600_000, to: NOW }, step: 60_000 });
    const answer = JSON.parse(text) as Extract<Answer, { view: 'states' }>;
    return answer.totals.map(({ counts, abnormal }) => [counts, abnormal]);
  };
  const expected = [[{ completed: 1, failed: 1 }, { 'exit 1': 1 }]];
  try {
    let archive = open();
    await archive.append([event('a', 1, 'failed'), event('a', 2, 'completed'), event('b', 1, 'failed')]);
    expect(await totals(archive)).toEqual(expected);
    await archive.close();

    const db = new Database(file);
    const unmark = db.prepare(
      "UPDATE runs SET run = json_remove(run, '$.retried'), cols = CAST(substr(cols, 1, 87) || x'00' || substr(cols, 89) AS BLOB)"
    );
    expect(unmark.run().changes).toBe(3);
    withoutSealed(db);
    db.pragma('user_version = 4');
    db.close();

    archive = open();
    expect(await totals(archive)).toEqual(expected);
    await archive.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
