import { LineCounter, parseDocument } from 'yaml';
import { decodeHealthSpec, HealthSpecError } from '../../../src/health/decode-spec';
import { DEFAULT_HEALTH_SPEC } from '../../../src/health/spec';
import type { AlertsConfig } from '../alerts/alerts-config';
import { DEFAULT_ALERTS } from '../alerts/alerts-config';
import { readAlerts } from '../alerts/read-alerts';
import { DEFAULT_CACHE_BYTES, DEFAULT_QUESTION_LIMITS } from '../archive/archive';
import type { ArchiveSettings } from '../archive/archive';
import type { SourceConfig } from '../collect/source-config';
import { readSources } from '../collect/source-config';
import type { DiscoveryConfig } from '../discovery/discovery-config';
import { readDiscovery } from '../discovery/discovery-config';
import type { DigestConfig } from '../digest/digest-config';
import { readDigest } from '../digest/digest-config';
import { ConfigReader, shown, splitTokens } from '../yaml/config-reader';
import type { Environment, Path } from '../yaml/config-reader';

/** What an operator can set, with every default filled in. */
export interface StoreConfig extends ArchiveSettings {
  tokens: { read: readonly string[]; write: readonly string[] };
  limits: Limits;
  /** What is told at once, to whom. */
  alerts: AlertsConfig;
  /** Systems that are asked for their runs. */
  sources: readonly SourceConfig[];
  /** Lists in which more of them are found. */
  discovery: readonly DiscoveryConfig[];
  /** The summary by mail; absent where nobody asked for it. */
  digest?: DigestConfig;
}

export interface Limits {
  /** Largest body of `POST /api/v1/events`. */
  maxBodyBytes: number;
  /** Events that wait for their commit; beyond it senders are asked to come back. */
  maxQueueBytes: number;
  /** Longest time range of a question. */
  maxRangeMs: number;
  /** Most runs of one page. */
  maxPage: number;
  /** Streams of changes open at once. */
  maxListeners: number;
  /** Memory that one question may need. */
  maxAnswerBytes: number;
  /** How long one question may be worked on. */
  maxAnswerMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MIB = 1024 ** 2;

export const DEFAULT_CONFIG: StoreConfig = {
  tokens: { read: [], write: [] },
  retention: { maxAgeMs: 30 * DAY_MS, maxBytes: 8 * 1024 * MIB },
  lost: { afterMs: MINUTE_MS },
  maxCacheBytes: DEFAULT_CACHE_BYTES,
  health: DEFAULT_HEALTH_SPEC,
  limits: {
    maxBodyBytes: 8 * MIB,
    maxQueueBytes: 64 * MIB,
    maxRangeMs: 400 * DAY_MS,
    maxPage: 20_000,
    maxListeners: 500,
    maxAnswerBytes: DEFAULT_QUESTION_LIMITS.maxBytes,
    maxAnswerMs: DEFAULT_QUESTION_LIMITS.maxMs,
  },
  alerts: DEFAULT_ALERTS,
  sources: [],
  discovery: [],
};

/** Says everything that is wrong with the file at once, one line per fault, each with its line number. */
export class ConfigError extends Error {
  constructor(file: string, problems: readonly string[]) {
    super(problems.map((problem) => `[config] ${file}${problem}`).join('\n'));
    this.name = 'ConfigError';
  }
}

/**
 * Tokens from the environment alone, for a store without a config file.
 *
 * @throws ConfigError for a token that is too short
 */
export function configFromEnvironment(environment: Environment): StoreConfig {
  const tokensOf = (name: string) => {
    const tokens = splitTokens(environment[name] ?? '');
    if (tokens.some(isShort)) {
      throw new ConfigError('', [`${name} ${TOO_SHORT}`]);
    }
    return tokens;
  };
  return {
    ...DEFAULT_CONFIG,
    tokens: { read: tokensOf('RUNLANE_READ_TOKEN'), write: tokensOf('RUNLANE_WRITE_TOKEN') },
  };
}

/**
 * Reads the config file. Every part may be left out and keeps its default; tokens are never in the file, only the names of
 * the environment variables that hold them.
 *
 * @throws ConfigError: the file is taken whole or not at all.
 */
export function parseConfig(text: string, file: string, environment: Environment): StoreConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(
      file,
      document.errors.map(
        ({ message, pos }) =>
          `:${lines.linePos(pos[0]).line}: ${message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}. Correct the YAML.`
      )
    );
  }
  const reader = new ConfigReader(document, lines, environment);
  const config = readConfig(reader, configFromEnvironment(environment));
  if (reader.problems.length > 0) {
    throw new ConfigError(file, reader.problems);
  }
  return config;
}

function readConfig(reader: ConfigReader, base: StoreConfig): StoreConfig {
  reader.knows([], ['tokens', 'retention', 'lost', 'health', 'limits', 'alerts', 'sources', 'discovery', 'digest']);
  reader.knows(['tokens'], ['readEnv', 'writeEnv']);
  reader.knows(['retention'], ['maxAge', 'maxSize']);
  reader.knows(['lost'], ['after']);
  reader.knows(
    ['limits'],
    ['maxBody', 'maxQueue', 'maxRange', 'maxPage', 'maxListeners', 'maxAnswer', 'maxAnswerTime', 'maxCache']
  );
  const { retention, lost, limits } = base;
  const digest = readDigest(reader);
  const maxAgeMs = reader.duration(['retention', 'maxAge'], MINUTE_MS, 3_650 * DAY_MS) ?? retention.maxAgeMs;
  return {
    tokens: {
      read: readTokens(reader, ['tokens', 'readEnv']) ?? base.tokens.read,
      write: readTokens(reader, ['tokens', 'writeEnv']) ?? base.tokens.write,
    },
    retention: {
      maxAgeMs,
      maxBytes: reader.size(['retention', 'maxSize'], MIB, 2 ** 50) ?? retention.maxBytes,
    },
    maxCacheBytes: reader.size(['limits', 'maxCache'], 16 * MIB, 1024 * 1024 * MIB) ?? DEFAULT_CACHE_BYTES,
    lost: { afterMs: reader.duration(['lost', 'after'], 1_000, DAY_MS) ?? lost.afterMs },
    health: readHealth(reader),
    limits: {
      maxBodyBytes: reader.size(['limits', 'maxBody'], 1_024, 1024 * MIB) ?? limits.maxBodyBytes,
      maxQueueBytes: reader.size(['limits', 'maxQueue'], MIB, 64 * 1024 * MIB) ?? limits.maxQueueBytes,
      maxRangeMs: reader.duration(['limits', 'maxRange'], MINUTE_MS, 36_500 * DAY_MS) ?? limits.maxRangeMs,
      maxPage: reader.whole(['limits', 'maxPage'], 1, 1_000_000) ?? limits.maxPage,
      maxListeners: reader.whole(['limits', 'maxListeners'], 1, 100_000) ?? limits.maxListeners,
      maxAnswerBytes: reader.size(['limits', 'maxAnswer'], MIB, 4_096 * MIB) ?? limits.maxAnswerBytes,
      maxAnswerMs: reader.duration(['limits', 'maxAnswerTime'], 100, 60 * MINUTE_MS) ?? limits.maxAnswerMs,
    },
    alerts: readAlerts(reader, maxAgeMs),
    sources: readSources(reader, maxAgeMs),
    discovery: readDiscovery(reader, maxAgeMs),
    ...(digest !== undefined && { digest }),
  };
}

function readHealth(reader: ConfigReader): StoreConfig['health'] {
  try {
    return decodeHealthSpec(reader.plain(['health']));
  } catch (error) {
    if (!(error instanceof HealthSpecError)) {
      throw error;
    }
    for (const problem of error.problems) {
      const named = /^[\w.[\]]+/.exec(problem)?.[0] ?? '';
      const path = [...named.matchAll(/\w+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
      reader.fault(['health', ...path], `health.${problem}`);
    }
    return DEFAULT_HEALTH_SPEC;
  }
}

const TOO_SHORT = 'holds a token of fewer than 8 characters. Use a longer one.';

function isShort(token: string): boolean {
  return token.length < 8;
}

function readTokens(reader: ConfigReader, path: Path): string[] | undefined {
  const name = reader.value(path);
  if (name === undefined) {
    return undefined;
  }
  const dotted = path.join('.');
  if (typeof name !== 'string') {
    return reader.fault(path, `${dotted} is ${shown(name)}, want the name of an environment variable.`);
  }
  const tokens = splitTokens(reader.environment[name] ?? '');
  if (tokens.length === 0) {
    return reader.fault(
      path,
      `${dotted} names ${name}, which is not set. Set it to the token (several are separated by spaces).`
    );
  }
  if (tokens.some(isShort)) {
    return reader.fault(path, `${dotted} names ${name}, which ${TOO_SHORT}`);
  }
  return tokens;
}
