import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Match } from '../../../src/model/task-query';
import { DEFAULT_CONFIG } from '../config/config';
import { InProcessArchive } from '../threads/in-process';
import { openSqlite } from '../archive/sqlite/open';

const NOW = 1_750_000_000_000;
/** What every object of JavaScript has without having been given it. */
const INHERITED = ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf'];

let folder: string;
let archive: InProcessArchive;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  archive = new InProcessArchive(openSqlite(join(folder, 'archive.sqlite')), DEFAULT_CONFIG, {
    now: () => NOW,
    steady: () => 0,
  });
  const lines = [
    `{"source":"shop","runId":"1","at":${NOW},"state":"running","task":"mail","labels":{"constructor":"acme"}}`,
    `{"source":"shop","runId":"2","at":${NOW},"state":"running","task":"toString","labels":{"team":"core"}}`,
    `{"source":"shop","runId":"3","at":${NOW},"state":"running","task":"constructor"}`,
  ];
  await archive.ingest(Buffer.from(lines.join('\n')));
});

afterAll(async () => {
  await archive.close();
  rmSync(folder, { recursive: true });
});

async function found(...matches: Match[]): Promise<string[]> {
  const text = await archive.query({
    view: 'runs',
    filter: { matches },
    range: { from: 0, to: NOW + 1 },
    step: NOW,
    limit: 10,
    now: NOW + 1,
  });
  return (JSON.parse(text) as { runs: Array<{ runId: string }> }).runs.map(({ runId }) => runId).sort();
}

test.each(INHERITED)('a run has the label %s only when it was given it', async (name) => {
  const field = `label:${name}` as const;
  const own = name === 'constructor' ? ['1'] : [];
  expect(await found({ field, operator: '=', values: [''] })).toEqual(
    ['1', '2', '3'].filter((id) => !own.includes(id))
  );
  expect(await found({ field, operator: '=~', values: ['.+'] })).toEqual(own);
  expect(await found({ field, operator: '=', values: ['acme'] })).toEqual(own);
  const values = await archive.values({
    field,
    filter: { matches: [] },
    range: { from: 0, to: NOW + 1 },
    limit: 10,
    now: NOW + 1,
  });
  expect(values).toEqual(own.length === 0 ? [] : ['acme']);
});

test('such names are names like others', async () => {
  expect(await found({ field: 'task', operator: '=', values: ['constructor'] })).toEqual(['3']);
  expect(await found({ field: 'task', operator: '=~', values: ['(to|con).*'] })).toEqual(['2', '3']);
});
