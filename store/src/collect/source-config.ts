import { ConnectorError } from '../../../src/model/connector-error';
import { findSourceSystem, SYSTEMS } from '../../../src/connectors/index';
import type { SourceSettings, SourceSystem } from '../../../src/connectors/system';
import type { DurationMs } from '../../../src/model/units';
import type { Endpoint } from '../alerts/alerts-config';
import { ENDPOINT_KEYS, readEndpoint } from '../alerts/read-endpoint';
import { shown } from '../yaml/config-reader';
import type { ConfigReader, Path } from '../yaml/config-reader';

/** One entry of `sources` in the config: a system that is asked for its runs. Plain data, as all of the config. */
export interface SourceConfig {
  /** Its runs name it as their source. */
  name: string;
  /** Id of the source system. */
  system: string;
  endpoint: Endpoint;
  /** Sent with each question beside what the endpoint asks for, for systems that take their token elsewhere. */
  headers: Readonly<Record<string, string>>;
  everyMs: DurationMs;
  /** How far back the first poll reads. */
  historyMs: DurationMs;
  /** How far back each poll reads again what the one before has read: for what its source told late. */
  overlapMs: DurationMs;
  /** For one answer. */
  timeoutMs: DurationMs;
  /** Answers read in one poll; what is left is read by the next. */
  maxPages: number;
  /** What the system itself is to know, as its connector reads it. */
  settings: SourceSettings;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MOST_SOURCES = 200;
/** Keys of runs hold at most 200 characters of it, and connectors may add a part of their own. */
const LONGEST_NAME = 100;

/** Systems that forget: who keeps a history of its own is read where it is. */
const COLLECTED: readonly SourceSystem[] = SYSTEMS.filter((system: SourceSystem) => system.keepsHistory !== true);

export function systemOf({ system }: SourceConfig): SourceSystem {
  const found = findSourceSystem(system);
  if (found === undefined) {
    throw new Error(`[collect] ${system} is no source system. The config was not read by readSources.`);
  }
  return found;
}

/** @param maxAgeMs how long runs are kept: what is older need not be read */
export function readSources(reader: ConfigReader, maxAgeMs: DurationMs): SourceConfig[] {
  return reader.names(['sources'], MOST_SOURCES).flatMap((name) => {
    const source = readSource(reader, name);
    return source === undefined ? [] : { ...source, historyMs: Math.min(source.historyMs, maxAgeMs) };
  });
}

function readSource(reader: ConfigReader, name: string): SourceConfig | undefined {
  const path: Path = ['sources', name];
  const dotted = path.join('.');
  reader.knows(path, [
    ...ENDPOINT_KEYS,
    'headersEnv',
    'system',
    'every',
    'history',
    'overlap',
    'timeout',
    'maxPages',
    'settings',
  ]);
  if (name.trim() === '' || name.length > LONGEST_NAME || /[\n/]/.test(name)) {
    return reader.fault(path, `sources has the name ${shown(name)}, want 1 to ${LONGEST_NAME} characters without /.`);
  }
  const system = readSystem(reader, [...path, 'system']);
  const endpoint = readEndpoint(reader, path);
  if (endpoint !== undefined && isMoreThanAnAddress(endpoint.url)) {
    return reader.fault(
      [...path, 'url'],
      `${dotted}.url holds more than an address. Leave out what follows ? or #, and put user and password into user and passwordEnv.`
    );
  }
  const settings = reader.plain([...path, 'settings']) ?? {};
  const config = {
    name,
    headers: readHeaders(reader, [...path, 'headersEnv']),
    everyMs: reader.duration([...path, 'every'], SECOND_MS, DAY_MS) ?? 15 * SECOND_MS,
    historyMs: reader.duration([...path, 'history'], 0, 3_650 * DAY_MS) ?? 7 * DAY_MS,
    overlapMs: reader.duration([...path, 'overlap'], SECOND_MS, 30 * DAY_MS) ?? 5 * MINUTE_MS,
    timeoutMs: reader.duration([...path, 'timeout'], SECOND_MS, 10 * MINUTE_MS) ?? 30 * SECOND_MS,
    maxPages: reader.whole([...path, 'maxPages'], 1, 10_000) ?? 20,
  };
  if (typeof settings !== 'object' || Array.isArray(settings)) {
    return reader.fault([...path, 'settings'], `${dotted}.settings is no mapping. Want names with their values.`);
  }
  if (system === undefined || endpoint === undefined) {
    return undefined;
  }
  const source = { ...config, system: system.id, endpoint, settings: settings as SourceSettings };
  return checkSettings(reader, path, source);
}

function readSystem(reader: ConfigReader, path: Path): SourceSystem | undefined {
  const id = reader.text(path, 100);
  const known = COLLECTED.map((system) => system.id).join(', ');
  if (id === undefined) {
    return reader.value(path) === undefined
      ? reader.fault(path, `${path.join('.')} is missing. Want one of ${known}.`)
      : undefined;
  }
  const system: SourceSystem | undefined = findSourceSystem(id);
  if (system?.keepsHistory === true) {
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

/** Its connector knows which settings a system has. */
function checkSettings(reader: ConfigReader, path: Path, source: SourceConfig): SourceConfig | undefined {
  try {
    systemOf(source).create({ http: () => Promise.reject(new Error('Nothing is asked yet.')) }, source.settings);
    return source;
  } catch (error) {
    if (error instanceof ConnectorError) {
      return reader.fault([...path, 'settings'], `${path.join('.')}.settings: ${error.message}`);
    }
    throw error;
  }
}

function isMoreThanAnAddress(text: string): boolean {
  const url = new URL(text);
  return url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '';
}
