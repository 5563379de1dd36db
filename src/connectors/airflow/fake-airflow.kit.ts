import type { Http, HttpResponse } from '../connector';

export interface FakeAirflow {
  http: Http;
  /** Paths that were asked for, in order. */
  asked: string[];
}

const MADE_AT = Date.parse('2026-11-29T19:00:00Z');

/** A row of a task instance that succeeded; the larger its number, the newer. */
export function instanceRow(number: number, part: object = {}): object {
  const at = (seconds: number) => new Date(MADE_AT + number + seconds * 1000).toISOString();
  return {
    dag_id: 'shop',
    dag_run_id: `run-${Math.floor(number / 10)}`,
    task_id: `task_${number % 10}`,
    map_index: -1,
    state: 'success',
    try_number: 1,
    max_tries: 0,
    start_date: at(1),
    end_date: at(2),
    queued_when: at(0),
    hostname: 'worker-1',
    pool: 'default_pool',
    ...part,
  };
}

/** Airflow's lists with its paging: at most `largestPage` rows at once, whatever is asked for. Other answers come from `answers`. */
export function fakeAirflow({
  instances = [],
  largestPage = 100,
  answers = {},
}: {
  instances?: readonly unknown[];
  largestPage?: number;
  answers?: Readonly<Record<string, HttpResponse>>;
}): FakeAirflow {
  const asked: string[] = [];
  const http: Http = async (path) => {
    asked.push(path);
    const [bare = '', search = ''] = path.split('?', 2);
    const answer = answers[bare];
    if (answer !== undefined) {
      return answer;
    }
    if (bare === '/api/v2/version') {
      return json({ version: '3.3.2' });
    }
    const params = new URLSearchParams(search);
    if (bare === '/api/v2/dags/~/dagRuns/~/taskInstances') {
      const rows = params.has('state') ? [] : instances;
      const [offset, limit] = [Number(params.get('offset')), Number(params.get('limit'))];
      const page = rows.slice(offset, offset + Math.min(limit, largestPage));
      return json({ task_instances: page, total_entries: rows.length });
    }
    return bare === '/api/v2/dags/~/dagRuns' ? json({ dag_runs: [], total_entries: 0 }) : { status: 404, body: '' };
  };
  return { http, asked };
}

export function json(value: unknown, status = 200): HttpResponse {
  return { status, body: JSON.stringify(value) };
}
