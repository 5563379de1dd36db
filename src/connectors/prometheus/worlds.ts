import { ConnectorError } from '../../model/connector-error';
import type { Match, TaskFilter } from '../../model/task-query';
import type { Profile } from '../../prometheus/profile';
import { PROMETHEUS } from '../../prometheus/profile';
import { escapeRegex, quote } from '../../prometheus/promql';
import { holds } from '../../prometheus/select-series';
import { worldLabels } from '../../prometheus/world-labels';
import type { Http } from '../connector';
import { readLabelValues } from './wire';

/**
 * The labels that tell worlds apart: tasks of the same name in two of them are two tasks. Only those that have more than
 * one value are in use, so that names stay short where there is one world.
 */
export interface Worlds {
  /** Labels in use, in the order in which their values stand before a name. */
  labels: readonly string[];
  values: ReadonlyMap<string, readonly string[]>;
  /** Labels that the series have at all, where that is known: of things, they are part of the identity in any case. */
  there?: readonly string[];
}

export const ONE_WORLD: Worlds = { labels: [], values: new Map() };

const LABELS_PATH = '/api/v1/labels';

/** Fields of the model whose values are names within a world. */
const NAMED: readonly string[] = ['task', 'queue', 'worker', 'host'];

export function isNamed(field: string): boolean {
  return NAMED.includes(field);
}

/**
 * Which labels of a profile tell worlds apart here: asked of Prometheus' index, all that it still knows. Where it cannot
 * tell (404), there is one world.
 */
export async function askWorlds(http: Http, profile: Profile, signal: AbortSignal): Promise<Worlds> {
  if (worldLabels(profile).length === 0) {
    return ONE_WORLD;
  }
  const ask = asker(http, profile, signal);
  const labels = await ask(LABELS_PATH);
  if (labels.status === 404) {
    return ONE_WORLD;
  }
  const known = new Set(readLabelValues(`GET ${LABELS_PATH}`, labels));
  const there = worldLabels(profile).filter((label) => known.has(label));
  const values = await Promise.all(
    there.map(async (label) => {
      const path = `/api/v1/label/${label}/values`;
      return [label, readLabelValues(`GET ${path}`, await ask(path))] as const;
    })
  );
  const several = values.filter(([, all]) => all.length > 1);
  return { labels: several.map(([label]) => label), values: new Map(several), there };
}

/** The values of the label that holds the source; `undefined` for a profile of the user's own, which names no metrics. */
export async function askSources(
  http: Http,
  profile: Profile,
  signal: AbortSignal
): Promise<readonly string[] | undefined> {
  const path = `/api/v1/label/${profile.labels.source ?? 'job'}/values`;
  return profile.detect.length === 0
    ? undefined
    : readLabelValues(`GET ${path}`, await asker(http, profile, signal)(path));
}

/** Asks for labels, or values of one, of the profile's series: all that Prometheus still knows. */
function asker(http: Http, { detect }: Profile, signal: AbortSignal) {
  // Which metrics an expression of the user's own reads, nobody but Prometheus knows: then all are meant.
  const metrics = detect.map(escapeRegex).join('|');
  const match = metrics === '' ? '' : `&match[]=${encodeURIComponent(`{__name__=~${quote(metrics)}}`)}`;
  // VictoriaMetrics tells the labels of the last day, unless it is told since when.
  return (path: string) => http(`${path}?start=1${match}`, { signal });
}

/** `eu/ops/backup`: a name and the world before it; `''` for what has no name. */
export function nameIn(world: readonly string[], name: string): string {
  return name === '' ? '' : [...world.filter((value) => value !== ''), name].join('/');
}

/** The name that some labels of a series hold, those of worlds before its own. */
export function nameOf(by: readonly string[], labels: ReadonlyMap<string, string>): string {
  const values = by.map((label) => labels.get(label) ?? '');
  return nameIn(values.slice(0, -1), values.at(-1) ?? '');
}

/**
 * The filter as filters that know labels only: none overlaps another, and together they are the filter. Names stand as
 * they are shown (`eu/ops/backup`); what of the world is left out may be any (`backup`, `ops/backup`), also in patterns.
 */
export function filtersIn(worlds: Worlds, filter: TaskFilter): TaskFilter[] {
  if (worlds.labels.length === 0) {
    return [filter];
  }
  return filter.matches
    .reduce<Match[][]>(
      (all, match) => all.flatMap((before) => matchesIn(worlds, match).map((more) => [...before, ...more])),
      [[]]
    )
    .map((matches) => ({ ...filter, matches }));
}

/** One match as alternatives of matches on labels of worlds and on the name alone. */
export function matchesIn(worlds: Worlds, match: Match): Match[][] {
  if (worlds.labels.length === 0 || !isNamed(match.field) || match.values.length === 0) {
    return [[match]];
  }
  return alternatives(
    worlds.labels,
    match.values.flatMap((value) => textsOf(match.operator, value)).flatMap((text) => readName(worlds, match, text)),
    match
  );
}

/** A pattern that says "or" is several. */
function textsOf(operator: Match['operator'], value: string): string[] {
  if (operator === '=' || operator === '!=') {
    return [value];
  }
  const bare = /^\((?:\?:)?(.*)\)$/s.exec(value)?.[1];
  const inside = bare !== undefined && outer(bare, ')') === -1 ? bare : value;
  const bar = outer(inside, '|');
  return bar === -1 ? [inside] : [inside.slice(0, bar), ...textsOf(operator, inside.slice(bar + 1))];
}

/** A name without its world, and what is known of that. */
interface ReadName {
  world: ReadonlyMap<string, string>;
  name: string;
}

/** A part of a name before `/` is of a world where it is (or, as a pattern, matches) a value of its label. */
function readName({ labels, values }: Worlds, { operator }: Match, text: string): ReadName[] {
  const isText = operator === '=' || operator === '!=';
  return labels.reduce<ReadName[]>(
    (read, label) =>
      read.flatMap(({ world, name }) => {
        const slash = outer(name, '/');
        const part = { field: 'task', operator: '=~', values: [name.slice(0, slash)] } as const;
        const begins = (value: string) => (isText ? name.startsWith(`${value}/`) : slash > 0 && holds(part, value));
        const found = (values.get(label) ?? []).filter((value) => value !== '' && begins(value));
        return found.length === 0
          ? [{ world, name }]
          : found.map((value) => ({
              world: new Map([...world, [label, value]]),
              name: name.slice(isText ? value.length + 1 : slash + 1),
            }));
      }),
    [{ world: new Map(), name: text }]
  );
}

/** Where a pattern has the character first, in no group and in no class of characters; else -1. */
function outer(pattern: string, wanted: '/' | '|' | ')'): number {
  let groups = 0;
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? '';
    if (char === '\\') {
      at++;
    } else if (inClass) {
      inClass = char !== ']';
    } else if (char === wanted && groups === 0) {
      return at;
    } else if (char === '[') {
      inClass = true;
    } else {
      groups += char === '(' ? 1 : char === ')' ? -1 : 0;
    }
  }
  return -1;
}

function alternatives(labels: readonly string[], names: readonly ReadName[], match: Match): Match[][] {
  const isNot = match.operator.startsWith('!');
  if (names.length === 0) {
    return isNot ? [[]] : [];
  }
  const [label, ...rest] = labels;
  if (label === undefined) {
    return [[{ ...match, values: [...new Set(names.map(({ name }) => name))] }]];
  }
  const within = [...new Set(names.flatMap(({ world }) => world.get(label) ?? []))];
  const anywhere = names.filter(({ world }) => !world.has(label));
  const elsewhere = alternatives(rest, anywhere, match);
  if (within.length === 0) {
    return elsewhere;
  }
  const field = `label:${label}` as const;
  return [
    ...within.flatMap((value) => {
      const here = names.filter(({ world }) => [undefined, value].includes(world.get(label)));
      return alternatives(rest, here, match).map((more) => [
        { field, operator: '=', values: [value] } as Match,
        ...more,
      ]);
    }),
    ...elsewhere.map((more) => [{ field, operator: '!=', values: within } as Match, ...more]),
  ];
}

/** @throws ConnectorError for a text that is no list of labels: `cluster, site`. */
export function readWorldLabels(text: string): readonly string[] {
  const labels = text.split(/[\s,]+/).filter((label) => label !== '');
  const wrong = labels.find((label) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label));
  if (wrong !== undefined) {
    throw new ConnectorError(
      'bad-request',
      PROMETHEUS,
      `${JSON.stringify(wrong)} is no name of a Prometheus label. Write the labels that tell worlds apart with commas between them, in the data source settings.`
    );
  }
  return labels;
}
