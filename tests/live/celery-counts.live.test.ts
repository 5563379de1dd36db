import { createTaskStore } from '../../src/connectors/task-store/connector';
import { NO_FILTER } from '../../src/model/task-query';
import { verdictOf } from '../../src/model/task-run';
import type { TaskRun } from '../../src/model/task-run';
import { startCelery } from '../systems/celery';
import type { Celery } from '../systems/celery';
import { eventually } from '../systems/eventually';
import { prometheusHttp } from '../systems/prometheus-http';
import { startStore } from '../systems/store';
import { stopAll } from '../systems/system';
import type { Launched } from '../systems/system';

/** One Celery, three ways to it: its events, Flower as it is collected, and the metrics of celery-exporter. */
let celery: Celery;
let store: Launched;
const SENT = {
  'orders.charge': 850,
  'orders.refund': 60,
  'mail.send': 60,
  'report.limited': 10,
  'report.killed': 20,
} as const;
const FAILS: readonly string[] = ['orders.refund', 'report.limited', 'report.killed'];

async function attempts(source: string): Promise<TaskRun[]> {
  const connector = createTaskStore({ http: prometheusHttp(store.url) });
  const range = { from: Date.now() - 3_600_000, to: Date.now() + 60_000 };
  const found: TaskRun[] = [];
  let cursor: string | undefined;
  do {
    const query = { filter: NO_FILTER, range, limit: 5_000, ...(cursor !== undefined && { cursor }) };
    const page = await connector.runs(query, new AbortController().signal);
    found.push(...page.runs.filter((run) => run.source === source));
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

/** `<task> <how it ended>` → runs. */
function endsOf(runs: readonly TaskRun[]): Record<string, number> {
  const ends: Record<string, number> = {};
  for (const run of runs) {
    const verdict = verdictOf(run);
    if (verdict !== undefined) {
      const key = `${run.task} ${verdict}`;
      ends[key] = (ends[key] ?? 0) + 1;
    }
  }
  return ends;
}

const WANTED = Object.fromEntries(
  Object.entries(SENT).map(([task, count]) => [`${task} ${FAILS.includes(task) ? 'failed' : 'completed'}`, count])
);

async function ended(source: string): Promise<TaskRun[]> {
  let seen: object = {};
  return eventually(
    `${source} to have 1,000 ends`,
    async () => {
      const runs = await attempts(source);
      seen = endsOf(runs);
      return Object.values(seen).reduce((sum: number, count) => sum + Number(count), 0) >= 1_000 ? runs : undefined;
    },
    { seconds: 200, everyMs: 2_000, lastSeen: () => JSON.stringify(seen) }
  );
}

/** Of the exporter: `<task>` → how often, summed over its other labels. */
async function counted(metric: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${celery.exporterUrl}/metrics`)).text();
  const sums: Record<string, number> = {};
  for (const [, labels = '', value] of text.matchAll(new RegExp(`^${metric}\\{([^}]*)\\} (\\S+)$`, 'gm'))) {
    const task = /name="([^"]*)"/.exec(labels)?.[1] ?? '';
    sums[task] = (sums[task] ?? 0) + Number(value);
  }
  return sums;
}

beforeAll(async () => {
  celery = await startCelery();
  store = await startStore({
    config: {
      sources: {
        events: { system: 'celery', url: celery.url },
        flower: { system: 'flower', url: celery.flowerUrl, every: '1s' },
      },
    },
  });
  await eventually('the broker to be heard', async () => {
    const answer = (await (await fetch(`${store.url}/api/v1/sources`)).json()) as { sources: Array<{ up?: boolean }> };
    return answer.sources.every(({ up }) => up === true) || undefined;
  });
  await celery.send(SENT);
}, 900_000);

afterAll(() => stopAll([store, celery]), 60_000);

test('of the same 1,000 runs, events, Flower and the exporter tell the same ends', async () => {
  const events = await ended('events');
  expect(endsOf(events)).toEqual(WANTED);
  expect(endsOf(await ended('flower'))).toEqual(WANTED);
  const [succeeded, failed] = await eventually('the exporter to have 1,000 ends', async () => {
    const both = [await counted('celery_task_succeeded_total'), await counted('celery_task_failed_total')] as const;
    const all = both.flatMap((counts) => Object.values(counts)).reduce((sum, count) => sum + count, 0);
    return all >= 1_000 ? both : undefined;
  });
  for (const [task, count] of Object.entries(SENT)) {
    expect([task, succeeded[task] ?? 0, failed[task] ?? 0]).toEqual([
      task,
      FAILS.includes(task) ? 0 : count,
      FAILS.includes(task) ? count : 0,
    ]);
  }
}, 300_000);

test('tries are told by events and counted by the exporter; Flower keeps the last one of each', async () => {
  const tries = (await attempts('events')).filter(({ task }) => task === 'mail.send');
  expect(tries).toHaveLength(3 * SENT['mail.send']);
  expect(tries.filter((run) => run.retried === true && run.state === 'failed')).toHaveLength(2 * SENT['mail.send']);
  expect((await counted('celery_task_started_total'))['mail.send']).toBe(3 * SENT['mail.send']);
  const last = (await attempts('flower')).filter(({ task, retried }) => task === 'mail.send' && retried !== true);
  expect(last.map(({ attempt }) => attempt)).toEqual(last.map(() => 3));
}, 60_000);

test('how a run failed is told by events and Flower alike', async () => {
  const kinds = async (source: string) =>
    (await attempts(source))
      .filter(({ task, retried }) => task.startsWith('report.') && retried !== true)
      .map(({ task, substate, error, signal }) => [task, substate, error?.type, signal].join(' '))
      .sort();
  expect(await kinds('events')).toEqual(await kinds('flower'));
}, 60_000);
