import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Sample {
  name: string;
  labels: Map<string, string>;
  value: number;
}

/** A group of series: labels that are kept, and the series of the group. */
interface Group {
  labels: Map<string, string>;
  samples: Sample[];
}

export interface FakePrometheus {
  url: string;
  stop(): Promise<void>;
}

/**
 * Answers as a Prometheus would that scrapes one target, as far as pictures need it: of an expression it reads facts
 * (`label_replace(…, "runlane_fact", …)`), and of each the metric, its matchers, the labels it is grouped by, and
 * whether it is growth, a percentile or a level. Growth is spread evenly over the range. What PromQL means is tested
 * with a real Prometheus, in `tests/live/`.
 */
export async function startFakePrometheus(metricsUrl: string): Promise<FakePrometheus> {
  let samples: Sample[] = [];
  const server = createServer((incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://prometheus');
    const form = incoming.method === 'POST' ? readForm(incoming) : Promise.resolve(searchParams);
    const say = (status: number, body: object) =>
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    // A target that is away keeps the samples that were scraped of it.
    void Promise.all([scrape(metricsUrl).catch(() => samples), form])
      .then(([scraped, params]) => {
        samples = scraped;
        const data = answer(pathname, params, samples);
        return data === undefined
          ? say(404, { status: 'error', errorType: 'not_found', error: `${pathname} is not there` })
          : say(200, { status: 'success', data });
      })
      .catch((error: unknown) => say(422, { status: 'error', errorType: 'execution', error: String(error) }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** Prometheus takes questions as a form as well as in the address. */
async function readForm(incoming: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) {
    chunks.push(chunk as Buffer);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function answer(path: string, params: URLSearchParams, samples: readonly Sample[]): unknown {
  const number = (name: string) => Number(params.get(name) ?? NaN);
  const query = params.get('query') ?? '';
  const named = /^\/api\/v1\/label\/(\w+)\/values$/.exec(path)?.[1];
  if (named !== undefined) {
    const values = samples.map(({ name, labels }) => (named === '__name__' ? name : (labels.get(named) ?? '')));
    return [...new Set(values)].filter((value) => value !== '').sort();
  }
  switch (path) {
    case '/api/v1/labels':
      return [...new Set(samples.flatMap(({ labels }) => [...labels.keys()]))].sort();
    case '/api/v1/status/buildinfo':
      return { version: '2.42.0' };
    case '/api/v1/query': {
      const at = number('time') || Date.now() / 1000;
      const series = factsOf(query).flatMap((fact) => evaluate(fact, samples, 1));
      return {
        resultType: 'vector',
        result: series.map(({ labels, value }) => ({ metric: labels, value: [at, String(value)] })),
      };
    }
    case '/api/v1/query_range': {
      const [start, end, step] = [number('start'), number('end'), number('step')];
      const instants = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
      const series = factsOf(query).flatMap((fact) => evaluate(fact, samples, instants.length));
      return {
        resultType: 'matrix',
        result: series.map(({ labels, value }) => ({
          metric: labels,
          values: instants.map((at) => [at, String(value)]),
        })),
      };
    }
    default:
      return undefined;
  }
}

interface Fact {
  name: string;
  expr: string;
}

/** The facts that an expression joins, wherever in it they stand. */
function factsOf(query: string): Fact[] {
  const facts: Fact[] = [];
  for (const { index } of query.matchAll(/label_replace\(/g)) {
    const [expr = '', label, name = '""'] = callArguments(query, index + 'label_replace('.length);
    if (label === '"runlane_fact"') {
      facts.push({ name: JSON.parse(name) as string, expr });
    }
  }
  return facts;
}

/** The arguments of a call, from behind its opening bracket. */
function callArguments(text: string, from: number): string[] {
  const found = [''];
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const sign = text[at] ?? '';
    if (sign === '"' && text[at - 1] !== '\\') {
      quoted = !quoted;
    } else if (!quoted && '([{'.includes(sign)) {
      depth++;
    } else if (!quoted && ')]}'.includes(sign) && --depth < 0) {
      break;
    } else if (!quoted && sign === ',' && depth === 0) {
      found.push('');
      continue;
    }
    found[found.length - 1] += sign;
  }
  return found.map((argument) => argument.trim());
}

function evaluate({ name, expr }: Fact, samples: readonly Sample[], points: number) {
  const known = new Set(samples.map((sample) => sample.name));
  const metric = [...expr.matchAll(/[a-zA-Z_:][\w:]*/g)].find(([word]) => known.has(word));
  if (metric === undefined) {
    return [];
  }
  const selector = /^\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\}/.exec(expr.slice(metric.index + metric[0].length))?.[1] ?? '';
  const chosen = samples.filter((sample) => sample.name === metric[0] && matches(sample, selector));
  const by = (/\bby \(([^)]*)\)/.exec(expr)?.[1] ?? '').split(',').map((label) => label.trim());
  const kept = by.filter((label) => label !== '' && label !== 'le');
  return [...groupsOf(chosen, kept).values()].flatMap((group) => {
    const value = valueOf(expr, group.samples, points);
    const labels = { ...Object.fromEntries(group.labels), runlane_fact: name };
    return Number.isFinite(value) ? [{ labels, value }] : [];
  });
}

function valueOf(expr: string, samples: readonly Sample[], points: number): number {
  const quantile = /histogram_quantile\(([\d.]+)/.exec(expr)?.[1];
  if (quantile !== undefined) {
    return quantileOf(samples, Number(quantile));
  }
  // Observations above the last finite bound: there are none.
  if (expr.includes('le!="+Inf"')) {
    return 0;
  }
  const values = samples.map(({ value }) => value);
  if (/\b(min|max) (by|\()/.test(expr)) {
    return /\bmin (by|\()/.test(expr) ? Math.min(...values) : Math.max(...values);
  }
  const sum = values.reduce((total, value) => total + value, 0);
  return /\b(increase|rate|unless)\b/.test(expr) ? sum / points : sum;
}

/** Linear within the bucket that holds the wanted observation, as Prometheus does. */
function quantileOf(samples: readonly Sample[], quantile: number): number {
  const counts = new Map<number, number>();
  for (const { labels, value } of samples) {
    const bound = labels.get('le') === '+Inf' ? Infinity : Number(labels.get('le'));
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const wanted = (buckets.at(-1)?.[1] ?? 0) * quantile;
  let [lower, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= wanted && count > below) {
      return bound === Infinity ? lower : lower + ((bound - lower) * (wanted - below)) / (count - below);
    }
    [lower, below] = [bound, count];
  }
  return NaN;
}

function groupsOf(samples: readonly Sample[], kept: readonly string[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const sample of samples) {
    const labels = new Map(kept.map((label) => [label, sample.labels.get(label) ?? '']));
    const key = [...labels.values()].join('\n');
    const group = groups.get(key) ?? { labels, samples: [] };
    group.samples.push(sample);
    groups.set(key, group);
  }
  return groups;
}

function matches({ labels }: Sample, selector: string): boolean {
  return [...selector.matchAll(/(\w+)(=~|!~|!=|=)("(?:[^"\\]|\\.)*")/g)].every(
    ([, label = '', operator, text = '""']) => {
      const value = labels.get(label) ?? '';
      const wanted = JSON.parse(text) as string;
      const equal = operator?.endsWith('~') ? new RegExp(`^(?:${wanted})$`).test(value) : value === wanted;
      return operator?.startsWith('!') ? !equal : equal;
    }
  );
}

/** Samples in Prometheus' text format. */
async function scrape(url: string): Promise<Sample[]> {
  const text = await (await fetch(url)).text();
  return [...text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = '', inside = '', value]) => ({
    name,
    labels: new Map(
      [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', quoted = '']) => [
        label,
        quoted.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign)),
      ])
    ),
    value: value === '+Inf' ? Infinity : Number(value),
  }));
}
