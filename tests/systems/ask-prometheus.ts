import { eventually } from './eventually';

type Labels = Readonly<Record<string, string>>;
export interface Sample {
  metric: Labels;
  value: number;
}
export interface FiringAlert {
  labels: Labels;
  annotations: Labels;
  state: 'pending' | 'firing';
  activeAt: string;
}

/** The answer's `data`. Errors carry Prometheus' own words. */
async function ask(url: string, path: string): Promise<unknown> {
  const response = await fetch(url + path);
  const answer = (await response.json()) as { status: string; data?: unknown; error?: string };
  if (answer.status !== 'success') {
    throw new Error(`Prometheus answered ${response.status} to ${decodeURIComponent(path)}: ${answer.error}`);
  }
  return answer.data;
}

/** Samples of an instant query. */
export async function query(url: string, promQl: string): Promise<Sample[]> {
  const data = (await ask(url, `/api/v1/query?query=${encodeURIComponent(promQl)}`)) as {
    result: Array<{ metric: Labels; value: [number, string] }>;
  };
  return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

/** Waits until a query has samples; the condition may be in the query: `up == 1`. */
export async function queryUntil(url: string, promQl: string, seconds = 60): Promise<Sample[]> {
  try {
    return await samplesUntil(url, promQl, seconds);
  } catch (error) {
    const { activeTargets } = (await ask(url, '/api/v1/targets')) as {
      activeTargets: Array<{ scrapePool: string; lastError: string }>;
    };
    const errors = activeTargets.map(({ scrapePool, lastError }) => `${scrapePool}: ${lastError || 'ok'}`);
    throw new Error(`${(error as Error).message} Last scrapes: ${errors.join('; ')}.`, { cause: error });
  }
}

/** The same of any system with the query API of Prometheus. */
export function samplesUntil(url: string, promQl: string, seconds: number): Promise<Sample[]> {
  return eventually(
    `samples of ${promQl}`,
    async () => {
      const samples = await query(url, promQl);
      return samples.length > 0 ? samples : undefined;
    },
    { seconds, everyMs: 200 }
  );
}

/** Every metric name that Prometheus knows. */
export async function metricNames(url: string): Promise<ReadonlySet<string>> {
  return new Set((await ask(url, '/api/v1/label/__name__/values')) as string[]);
}

/** Alerts that are pending or firing in Prometheus' own rules. */
export async function alerts(url: string): Promise<FiringAlert[]> {
  return ((await ask(url, '/api/v1/alerts')) as { alerts: FiringAlert[] }).alerts;
}

/** Names and health of all rules: `ok`, `err`, `unknown` (not evaluated yet). */
export async function rules(
  url: string
): Promise<Array<{ name: string; type: string; health: string; lastError?: string }>> {
  const { groups } = (await ask(url, '/api/v1/rules')) as {
    groups: Array<{ rules: Array<{ name: string; type: string; health: string; lastError?: string }> }>;
  };
  return groups.flatMap(({ rules: ofGroup }) => ofGroup);
}
