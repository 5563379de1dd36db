import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTaskStore } from '../../../src/connectors/task-store/connector';
import type { TaskEvent } from '../../../src/model/task-event';
import type { SendResult } from '../agent/sender';
import { openSpool } from '../agent/spool';
import { createSpooledLedger } from './spooled-ledger';
import type { SpooledLedger } from './spooled-ledger';

const event = (runId: string): TaskEvent => ({
  source: 's',
  runId,
  attempt: 1,
  at: 1_795_000_000_000,
  state: 'completed',
});

let folder: string;
let isAway: boolean;
let received: string[];
let told: string[];
let ledger: SpooledLedger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-spool-'));
  isAway = false;
  received = [];
  told = [];
});

afterEach(async () => {
  await ledger.close(1_000);
  rmSync(folder, { recursive: true });
});

function open(limit?: number): SpooledLedger {
  return createSpooledLedger({
    spool: openSpool(folder, limit),
    sender: {
      send: async (lines): Promise<SendResult> => {
        if (isAway) {
          return { kind: 'later', why: 'the store does not answer', retryAfterMs: 1 };
        }
        received.push(...lines.map((line) => (JSON.parse(line) as TaskEvent).runId));
        return { kind: 'accepted', rejected: 0 };
      },
    },
    store: createTaskStore({
      http: async (path) => ({
        status: 200,
        body: JSON.stringify({
          runs: path.includes('cursor') ? [] : [{ ...event('1'), task: 't', observedAt: 5 }],
          truncated: false,
          skipped: 0,
          ...(!path.includes('cursor') && { next: '1' }),
        }),
      }),
    }),
    notices: { tell: (sentence) => told.push(sentence) },
    random: () => 0,
  });
}

async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) {
    await new Promise((wait) => setTimeout(wait, 2));
  }
}

test('what is found while the store is away waits on disk and arrives in order, once it is back', async () => {
  ledger = open();
  await ledger.keep([event('1')]);
  await until(() => received.length === 1);
  isAway = true;
  await ledger.keep([event('2'), event('3')]);
  await ledger.keep([event('4')]);
  await until(() => told.length > 0);
  expect(told[0]).toMatch(/does not answer. Events wait in the spool/);
  isAway = false;
  await until(() => received.length === 4);
  expect(received).toEqual(['1', '2', '3', '4']);
  await ledger.close(1_000);
  expect(readdirSync(folder)).toEqual([]);
});

test('who leaves while the store is away leaves the events on disk', async () => {
  ledger = open();
  isAway = true;
  await ledger.keep([event('1')]);
  await ledger.close(5);
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/\.ndjson$/)]);
});

test('where there is no room for them, events are not taken as kept', async () => {
  ledger = open(150);
  isAway = true;
  await ledger.keep([event('1')]);
  await expect(ledger.keep([event('2')])).rejects.toThrow(/The store is away and the spool .* is full/);
});

test('the store tells what it has, page by page', async () => {
  ledger = open();
  const runs = await ledger.runs('s', { from: 0, to: 10 }, ['running']);
  expect(runs.map(({ runId }) => runId)).toEqual(['1']);
});
