import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAirflow } from '../src/connectors/airflow/connector';
import type { Connector, Http, HttpResponse } from '../src/connectors/connector';
import { createDagster } from '../src/connectors/dagster/connector';
import { createFlower } from '../src/connectors/flower/connector';
import { createPrometheus } from '../src/connectors/prometheus/connector';
import { eventsOf } from '../src/model/events-of-run';
import { NO_FILTER } from '../src/model/task-query';
import type { TimeRange } from '../src/model/task-query';
import type { TaskRun } from '../src/model/task-run';

/** A recording that does not say when it was made is of this hour. */
const SOME_HOUR = { from: 1_750_000_000_000 - 3_600_000, to: 1_750_000_000_000 };

interface Recorded {
  now?: number;
  range?: TimeRange;
  answers: Array<HttpResponse & { path: string }>;
}

type Create = (http: Http, now: () => number) => Connector;

/** What was recorded of real systems, by the name that the store would give the source. */
const SYSTEMS: Readonly<Record<string, readonly [fixture: string, create: Create]>> = {
  celery: ['flower/fixtures/every-end-of-a-task', (http, now) => createFlower({ http }, now)],
  airflow: ['airflow/fixtures/every-end-of-a-task', (http, now) => createAirflow({ http }, now)],
  dagster: ['dagster/fixtures/every-end-of-a-run', (http, now) => createDagster({ http }, now)],
  kubernetes: ['prometheus/fixtures/kubernetes-jobs', (http) => createPrometheus({ http })],
};

/** Events of what Celery, Airflow, Dagster and Kubernetes really did once, moved so that the last of it was a minute ago. */
export async function recordedEvents(now: number): Promise<object[]> {
  const events = await Promise.all(
    Object.entries(SYSTEMS).map(async ([source, [fixture, create]]) => {
      const file = join(__dirname, '../src/connectors', `${fixture}.json`);
      const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
      const { range = SOME_HOUR, now: then = range.to } = recorded;
      const connector = create(replay(recorded), () => then);
      const { runs } = await connector.runs({ filter: NO_FILTER, range, limit: 50 }, new AbortController().signal);
      if (runs.length === 0) {
        throw new Error(`${fixture} tells no run: record it again.`);
      }
      const shift = now - 60_000 - Math.max(...runs.map(({ observedAt }) => observedAt));
      return runs.flatMap((run) => eventsOf(moved({ ...run, source }, shift)));
    })
  );
  return events.flat();
}

function replay({ answers }: Recorded): Http {
  const bare = (path: string) => path.split('?', 1)[0];
  return async (path) => {
    const found = answers.find((one) => one.path === path) ?? answers.find((one) => bare(one.path) === bare(path));
    return found === undefined ? { status: 404, body: '' } : { status: found.status, body: found.body };
  };
}

const INSTANTS = ['createdAt', 'queuedAt', 'startedAt', 'finishedAt', 'observedAt'] as const;

function moved(run: TaskRun, shift: number): TaskRun {
  const copy = { ...run };
  for (const name of INSTANTS) {
    const at = copy[name];
    if (at !== undefined) {
      copy[name] = at + shift;
    }
  }
  return copy;
}
