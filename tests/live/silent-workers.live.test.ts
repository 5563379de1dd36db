import { join } from 'node:path';
import { queryUntil } from '../systems/ask-prometheus';
import { startPrometheus } from '../systems/prometheus';
import { send, startStore } from '../systems/store';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** The store's own score and the recorded one, of a task whose worker falls silent and is heard of again. */
const RULES = join(__dirname, '..', '..', 'provisioning', 'prometheus', 'rules', 'runlane-health.yaml');
const SILENT_AFTER_MS = 5_000;
const OWN = 'runlane_health_deduction{task="mail",reason="silent_workers"}';
const RECORDED = 'runlane:health_deduction{task="mail",reason="silent_workers"}';

let store: System;
let prometheus: System;
let beating: NodeJS.Timeout;
const workers = new Set(['w2', 'w3']);

function run(worker: string, event: object = {}): object {
  return { source: 'shop', runId: `on ${worker}`, attempt: 1, task: 'mail', worker, at: Date.now(), ...event };
}

beforeAll(async () => {
  store = await startStore({
    config: { health: { checks: { silentWorkers: { silentAfterMs: SILENT_AFTER_MS } } } },
  });
  prometheus = await startPrometheus({ scrape: [{ job: 'runlane-store', target: store.url }], rules: [RULES] });
  const all = ['w1', ...workers];
  await send(store.url, [
    ...all.map((worker) => run(worker, { state: 'running', startedAt: Date.now() })),
    ...all.map((worker) => run(worker)),
  ]);
  beating = setInterval(() => {
    send(
      store.url,
      [...workers].map((worker) => run(worker))
    ).catch(() => undefined);
  }, 500);
}, 600_000);

afterAll(async () => {
  clearInterval(beating);
  await stopAll([prometheus, store]);
}, 60_000);

test('both take the same off, by how many of the workers are silent', async () => {
  await queryUntil(prometheus.url, 'runlane_task_workers{task="mail",state="silent"} == 1');
  const [deduction] = await queryUntil(
    prometheus.url,
    `abs(${RECORDED} - on (source,task) ${OWN}) < 0.1 and on (source,task) ${RECORDED} > 0`
  );
  expect(deduction?.metric).toMatchObject({ source: 'shop', task: 'mail' });
  // One of three, of at most 30 points from the half on.
  await queryUntil(prometheus.url, `abs(${RECORDED} - 20) < 0.1`);
  await queryUntil(
    prometheus.url,
    `abs(runlane:health_score{task="mail"} - on (source,task) runlane_health_score) < 0.1`
  );
}, 120_000);

test('nothing is taken off any more when it is heard of again', async () => {
  workers.add('w1');
  await queryUntil(prometheus.url, `${RECORDED} == 0 unless on (source,task) ${OWN}`);
  // No run has ended: without trouble there is too little to score.
  await queryUntil(prometheus.url, 'absent(runlane:health_score{task="mail"}) and on () absent(runlane_health_score)');
}, 120_000);
