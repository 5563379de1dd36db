import { ConnectorError } from '../../../src/model/connector-error';
import { findSourceSystem } from '../../../src/connectors/index';
import type { SourceSettings, SourceSystem } from '../../../src/connectors/system';
import type { DurationMs } from '../../../src/model/units';
import { ENDPOINT_KEYS, readEndpoint } from '../alerts/read-endpoint';
import type { CollectedSystem, SourceAccess } from '../sources/collected-system';
import { COLLECTED, findCollected } from '../sources/index';
import { SettingsError } from '../sources/settings-error';
import { shown } from '../yaml/config-reader';
import type { ConfigReader, Path } from '../yaml/config-reader';

/** How a system is asked for its runs. */
export interface SourceTemplate extends SourceAccess {
  /** Id of the source system. */
  system: string;
  everyMs: DurationMs;
  /** How far back the first poll reads. */
  historyMs: DurationMs;
  /** How far back each poll reads again what the one before has read: for what its source told late. */
  overlapMs: DurationMs;
  /** Answers read in one poll; what is left is read by the next. */
  maxPages: number;
  /** Where it stands, as its operator says: labels of all its runs, before what they have by the same names. */
  labels: Readonly<Record<string, string>>;
}

/**
 * A system that is asked for its runs: one entry of `sources` in the config, or what a list of the config has led to. Plain
 * data, as all of the config.
 */
export interface SourceConfig extends SourceTemplate {
  /** Its runs name it as their source. */
  name: string;
  /** The list that has led to it. */
  foundBy?: string;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MOST_SOURCES = 200;
const MOST_LABELS = 20;
/** Keys of runs hold at most 200 characters of it, and connectors may add a part of their own. */
const LONGEST_NAME = 100;
export const SOURCE_KEYS = [
  ...ENDPOINT_KEYS,
  'headersEnv',
  'system',
  'every',
  'history',
  'overlap',
  'timeout',
  'maxPages',
  'labels',
  'settings',
];

export function systemOf({ system }: Pick<SourceConfig, 'system'>): CollectedSystem {
  const found = findCollected(system);
  if (found === undefined) {
    throw new Error(`[collect] ${system} is no source system. The config was not read by readSources.`);
  }
  return found;
}

/** @param maxAgeMs how long runs are kept: what is older need not be read */
export function readSources(reader: ConfigReader, maxAgeMs: DurationMs): SourceConfig[] {
  return reader.names(['sources'], MOST_SOURCES).flatMap((name) => {
    const path: Path = ['sources', name];
    if (!isSourceName(name)) {
      reader.fault(path, `sources has the name ${shown(name)}, want ${SOURCE_NAME}.`);
      return [];
    }
    reader.knows(path, SOURCE_KEYS);
    const source = readSourceTemplate(reader, path, maxAgeMs, (text) => text);
    return source === undefined ? [] : { name, ...source };
  });
}

export const SOURCE_NAME = `1 to ${LONGEST_NAME} characters without /`;

export function isSourceName(name: string): boolean {
  return name.trim() !== '' && name.length <= LONGEST_NAME && !/[\n/]/.test(name);
}

/**
 * How a system is read, whatever it is called. `undefined` where something is wrong, which the reader has then been told.
 *
 * @param filled what an address and labels look like once they are filled in, where they are patterns
 */
export function readSourceTemplate(
  reader: ConfigReader,
  path: Path,
  maxAgeMs: DurationMs,
  filled: (text: string) => string
): SourceTemplate | undefined {
  const dotted = path.join('.');
  const system = readSystem(reader, [...path, 'system']);
  const settings = reader.plain([...path, 'settings']) ?? {};
  const historyMs = reader.duration([...path, 'history'], 0, 3_650 * DAY_MS) ?? 7 * DAY_MS;
  const config = {
    headers: readHeaders(reader, [...path, 'headersEnv']),
    everyMs: reader.duration([...path, 'every'], SECOND_MS, DAY_MS) ?? 15 * SECOND_MS,
    historyMs: Math.min(historyMs, maxAgeMs),
    overlapMs: reader.duration([...path, 'overlap'], SECOND_MS, 30 * DAY_MS) ?? 5 * MINUTE_MS,
    timeoutMs: reader.duration([...path, 'timeout'], SECOND_MS, 10 * MINUTE_MS) ?? 30 * SECOND_MS,
    maxPages: reader.whole([...path, 'maxPages'], 1, 10_000) ?? 20,
    labels: readLabels(reader, [...path, 'labels']),
  };
  if (typeof settings !== 'object' || Array.isArray(settings)) {
    return reader.fault([...path, 'settings'], `${dotted}.settings is no mapping. Want names with their values.`);
  }
  if (system === undefined) {
    return undefined;
  }
  const access = readAccess(reader, path, system, filled);
  const source = { ...config, ...access, system: system.id, settings: settings as SourceSettings };
  return access === undefined ? undefined : checkSettings(reader, path, source, filled);
}

/** Names of labels with their texts. */
export function readLabels(reader: ConfigReader, path: Path): Record<string, string> {
  return Object.fromEntries(
    reader.names(path, MOST_LABELS).flatMap((name) => {
      const text = reader.text([...path, name], 500);
      return text === undefined ? [] : [[name, text]];
    })
  );
}

/** The address, where such a system takes one. `undefined` when it is missing or wrong. */
function readAccess(
  reader: ConfigReader,
  path: Path,
  system: CollectedSystem,
  filled: (text: string) => string
): Pick<SourceAccess, 'endpoint'> | undefined {
  const dotted = path.join('.');
  if (system.protocols.length === 0) {
    const given = ENDPOINT_KEYS.find((key) => reader.value([...path, key]) !== undefined);
    return given === undefined
      ? {}
      : reader.fault(
          [...path, given],
          `${dotted}.${given} is set, but ${system.name} is read on the machine of the collector. Leave it out.`
        );
  }
  const endpoint = readEndpoint(reader, path, system.protocols, filled);
  if (endpoint !== undefined && isMoreThanAnAddress(filled(endpoint.url), system)) {
    const after = system.takesParameters === true ? '#' : '? or #';
    return reader.fault(
      [...path, 'url'],
      `${dotted}.url holds more than an address. Leave out what follows ${after}, and put user and password into user and passwordEnv.`
    );
  }
  return endpoint === undefined ? undefined : { endpoint };
}

function readSystem(reader: ConfigReader, path: Path): CollectedSystem | undefined {
  const id = reader.text(path, 100);
  const known = COLLECTED.map((system) => system.id).join(', ');
  if (id === undefined) {
    return reader.value(path) === undefined
      ? reader.fault(path, `${path.join('.')} is missing. Want one of ${known}.`)
      : undefined;
  }
  const system = findCollected(id);
  const other: SourceSystem | undefined = findSourceSystem(id);
  if (other?.keepsHistory === true) {
    return reader.fault(
      path,
      `${path.join('.')} is ${shown(id)}, which keeps its history itself. Read it with a data source of its own; want one of ${known}.`
    );
  }
  return system ?? reader.fault(path, `${path.join('.')} is ${shown(id)}, want one of ${known}.`);
}

/** Names of headers with the environment variables that hold their values. */
function readHeaders(reader: ConfigReader, path: Path): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of reader.names(path, 20)) {
    const value = reader.secret([...path, name]);
    if (!/^[\w-]+$/.test(name)) {
      reader.fault([...path, name], `${path.join('.')} has ${shown(name)}, which is no name of a header.`);
    } else if (value !== undefined) {
      headers[name] = value;
    }
  }
  return headers;
}

/** The system knows which settings a system has. */
function checkSettings(
  reader: ConfigReader,
  path: Path,
  source: SourceTemplate,
  filled: (text: string) => string
): SourceTemplate | undefined {
  const { endpoint } = source;
  const example = endpoint === undefined ? source : { ...source, endpoint: { ...endpoint, url: filled(endpoint.url) } };
  try {
    systemOf(source).open(example, { onPatience: () => undefined });
    return source;
  } catch (error) {
    if (error instanceof SettingsError) {
      const where = `${path.join('.')}.settings`;
      error.faults.forEach((one) => reader.fault([...path, 'settings', ...one.path], `${where}.${one.problem}`));
      return undefined;
    }
    if (error instanceof ConnectorError) {
      return reader.fault([...path, 'settings'], `${path.join('.')}.settings: ${error.message}`);
    }
    throw error;
  }
}

export function isMoreThanAnAddress(text: string, { takesParameters }: CollectedSystem): boolean {
  const { username, password, search, hash } = new URL(text);
  return username !== '' || password !== '' || hash !== '' || (search !== '' && takesParameters !== true);
}
