import { ConnectorError } from '../model/connector-error';
import { optional, readNumber, readObject, readText, readTexts, ShapeError } from '../model/read-shape';
import { COUNTER_FACTS, CUSTOM_PROFILE, GAUGE_FACTS, HISTOGRAM_FACTS, TIMESTAMP_FACTS } from './profile';
import type { LabelNames, Profile, Series } from './profile';
import { PROMETHEUS } from './profile';

const SINGLE_FACTS = ['workers', 'cpuCores', 'rssBytes', 'score', 'deduction'] as const;
const FACTS: readonly string[] = [
  ...COUNTER_FACTS,
  ...GAUGE_FACTS,
  ...HISTOGRAM_FACTS,
  ...TIMESTAMP_FACTS,
  ...SINGLE_FACTS,
];
const LABELS = ['source', 'task', 'queue', 'worker', 'host'] as const;

/**
 * The user's own profile: an expression per fact. As JSON text or as the value of it:
 *
 *     { "name": "Shop orders", "labels": { "task": "type" },
 *       "facts": { "completed": "sum by (type) (increase(orders_total{status=\"ok\",$filter}[$window]))" } }
 *
 * The README of this folder tells the facts and what each must give.
 *
 * @throws ConnectorError that names the place, what was found and what is wanted.
 */
export function decodeProfile(value: unknown): Profile {
  try {
    return readProfile(typeof value === 'string' ? parse(value) : value);
  } catch (cause) {
    if (!(cause instanceof ShapeError)) {
      throw cause;
    }
    throw refused(`${cause.message}`, cause);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused(`is no JSON (${cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause)})`, cause);
  }
}

function refused(fact: string, cause: unknown): ConnectorError {
  return new ConnectorError(
    'bad-request',
    PROMETHEUS,
    `The custom profile cannot be used: ${fact}. Correct it in the data source settings.`,
    { cause }
  );
}

function readProfile(value: unknown): Profile {
  const raw = readObject(value, 'profile');
  refuseOthers(raw, 'profile', ['name', 'labels', 'worlds', 'task', 'facts', 'resourcesAre']);
  const facts = readFacts(raw['facts'], 'profile.facts');
  const task = optional(raw['task'], 'profile.task', readText);
  const shared = raw['resourcesAre'] === 'worker share';
  const single = (name: string) => facts.get(name);
  const told = <T extends string, V>(names: readonly T[], as: (series: Series) => V): Partial<Record<T, V>> => {
    const found: Partial<Record<T, V>> = {};
    for (const name of names) {
      const series = single(name);
      if (series !== undefined) {
        found[name] = as(series);
      }
    }
    return found;
  };
  const listed = (series: Series) => [series];
  const [workers, cpuCores, rssBytes, score, deduction] = SINGLE_FACTS.map(single);
  return {
    id: CUSTOM_PROFILE,
    name: optional(raw['name'], 'profile.name', readText) ?? 'Custom profile',
    detect: [],
    labels: readLabels(raw['labels'] ?? {}, 'profile.labels'),
    // Its expressions have the labels that they name, so that none is looked for.
    worlds: optional(raw['worlds'], 'profile.worlds', readWorlds) ?? [],
    ...(task === undefined ? {} : { task }),
    counters: told(COUNTER_FACTS, listed),
    gauges: told(GAUGE_FACTS, listed),
    histograms: told(HISTOGRAM_FACTS, (series) => series),
    timestamps: told(TIMESTAMP_FACTS, listed),
    ...(workers === undefined ? {} : { workers }),
    ...(cpuCores === undefined ? {} : { cpuCores }),
    ...(rssBytes === undefined ? {} : { rssBytes }),
    ...(shared ? { resourcesAre: 'worker share' } : {}),
    ...(score === undefined ? {} : { health: { score, deduction: deduction ?? score } }),
  };
}

function readFacts(value: unknown, where: string): Map<string, Series> {
  const facts = new Map<string, Series>();
  for (const [name, fact] of Object.entries(readObject(value, where))) {
    const at = `${where}.${name}`;
    if (!FACTS.includes(name)) {
      throw new ShapeError(at, fact, `no fact of this name; there are ${FACTS.join(', ')}`);
    }
    facts.set(name, readFact(fact, at));
  }
  if (facts.size === 0) {
    throw new ShapeError(where, {}, 'at least one fact, such as "completed"');
  }
  return facts;
}

/** The expression as text, or an object with labels of its own and a scale. */
function readFact(value: unknown, where: string): Series {
  if (typeof value === 'string') {
    return { metric: '', expr: readExpr(value, where) };
  }
  const raw = readObject(value, where);
  refuseOthers(raw, where, ['expr', 'labels', 'scale']);
  const labels = optional(raw['labels'], `${where}.labels`, readLabels);
  const scale = optional(raw['scale'], `${where}.scale`, readNumber);
  return {
    metric: '',
    expr: readExpr(raw['expr'], `${where}.expr`),
    ...(labels === undefined ? {} : { labels }),
    ...(scale === undefined ? {} : { scale }),
  };
}

function readExpr(value: unknown, where: string): string {
  const expr = readText(value, where).trim();
  if (expr === '') {
    throw new ShapeError(where, value, 'a PromQL expression');
  }
  return expr;
}

function readLabels(value: unknown, where: string): LabelNames {
  const raw = readObject(value, where);
  refuseOthers(raw, where, LABELS);
  const labels: LabelNames = {};
  for (const name of LABELS) {
    const label = optional(raw[name], `${where}.${name}`, readText);
    if (label === '') {
      throw new ShapeError(`${where}.${name}`, label, 'the name of a Prometheus label');
    }
    if (label !== undefined) {
      labels[name] = label;
    }
  }
  return labels;
}

function readWorlds(value: unknown, where: string): string[] {
  const labels = readTexts(value, where);
  const wrong = labels.findIndex((label) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label));
  if (wrong !== -1) {
    throw new ShapeError(`${where}[${wrong}]`, labels[wrong], 'the name of a Prometheus label');
  }
  return labels;
}

function refuseOthers(raw: Readonly<Record<string, unknown>>, where: string, known: readonly string[]): void {
  const other = Object.keys(raw).find((name) => !known.includes(name));
  if (other !== undefined) {
    throw new ShapeError(`${where}.${other}`, raw[other], `nothing; there are ${known.join(', ')}`);
  }
}
