import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { decodeHealthSpec, HealthSpecError } from '../../../src/health/decode-spec';
import { DEFAULT_HEALTH_SPEC } from '../../../src/health/spec';
import type { ArchiveSettings } from '../archive/archive';

/** What an operator can set, with every default filled in. */
export interface StoreConfig extends ArchiveSettings {
  tokens: { read: readonly string[]; write: readonly string[] };
  limits: Limits;
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
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MIB = 1024 ** 2;

export const DEFAULT_CONFIG: StoreConfig = {
  tokens: { read: [], write: [] },
  retention: { maxAgeMs: 30 * DAY_MS, maxBytes: 8 * 1024 * MIB },
  lost: { afterMs: MINUTE_MS },
  health: DEFAULT_HEALTH_SPEC,
  limits: {
    maxBodyBytes: 8 * MIB,
    maxQueueBytes: 64 * MIB,
    maxRangeMs: 400 * DAY_MS,
    maxPage: 20_000,
    maxListeners: 500,
  },
};

/** Says everything that is wrong with the file at once, one line per fault, each with its line number. */
export class ConfigError extends Error {
  constructor(file: string, problems: readonly string[]) {
    super(problems.map((problem) => `[config] ${file}${problem}`).join('\n'));
    this.name = 'ConfigError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Tokens from the environment alone, for a store without a config file. */
export function configFromEnvironment(environment: Environment): StoreConfig {
  const tokensOf = (name: string) => (environment[name] === undefined ? [] : splitTokens(environment[name]));
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
  const reader = new ConfigReader(document, lines);
  const config = reader.read(configFromEnvironment(environment), environment);
  if (reader.problems.length > 0) {
    throw new ConfigError(file, reader.problems);
  }
  return config;
}

type Path = ReadonlyArray<string | number>;

class ConfigReader {
  readonly problems: string[] = [];

  constructor(
    private readonly document: Document,
    private readonly lines: LineCounter
  ) {}

  read(base: StoreConfig, environment: Environment): StoreConfig {
    this.knows([], ['tokens', 'retention', 'lost', 'health', 'limits']);
    this.knows(['tokens'], ['readEnv', 'writeEnv']);
    this.knows(['retention'], ['maxAge', 'maxSize']);
    this.knows(['lost'], ['after']);
    this.knows(['limits'], ['maxBody', 'maxQueue', 'maxRange', 'maxPage', 'maxListeners']);
    const { retention, lost, limits } = base;
    return {
      tokens: {
        read: this.tokens(['tokens', 'readEnv'], environment) ?? base.tokens.read,
        write: this.tokens(['tokens', 'writeEnv'], environment) ?? base.tokens.write,
      },
      retention: {
        maxAgeMs: this.duration(['retention', 'maxAge'], MINUTE_MS, 3_650 * DAY_MS) ?? retention.maxAgeMs,
        maxBytes: this.size(['retention', 'maxSize'], MIB, 2 ** 50) ?? retention.maxBytes,
      },
      lost: { afterMs: this.duration(['lost', 'after'], 1_000, DAY_MS) ?? lost.afterMs },
      health: this.health(),
      limits: {
        maxBodyBytes: this.size(['limits', 'maxBody'], 1_024, 1024 * MIB) ?? limits.maxBodyBytes,
        maxQueueBytes: this.size(['limits', 'maxQueue'], MIB, 64 * 1024 * MIB) ?? limits.maxQueueBytes,
        maxRangeMs: this.duration(['limits', 'maxRange'], MINUTE_MS, 36_500 * DAY_MS) ?? limits.maxRangeMs,
        maxPage: this.whole(['limits', 'maxPage'], 1, 1_000_000) ?? limits.maxPage,
        maxListeners: this.whole(['limits', 'maxListeners'], 1, 100_000) ?? limits.maxListeners,
      },
    };
  }

  private health(): StoreConfig['health'] {
    const node = this.document.getIn(['health'], true);
    try {
      return decodeHealthSpec(isMap(node) ? node.toJSON() : this.value(['health']));
    } catch (error) {
      if (!(error instanceof HealthSpecError)) {
        throw error;
      }
      for (const problem of error.problems) {
        const named = /^[\w.[\]]+/.exec(problem)?.[0] ?? '';
        const path = [...named.matchAll(/\w+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
        this.fault(['health', ...path], `health.${problem}`);
      }
      return DEFAULT_HEALTH_SPEC;
    }
  }

  private tokens(path: Path, environment: Environment): string[] | undefined {
    const name = this.value(path);
    if (name === undefined) {
      return undefined;
    }
    const dotted = path.join('.');
    if (typeof name !== 'string') {
      return this.fault(path, `${dotted} is ${shown(name)}, want the name of an environment variable.`);
    }
    const tokens = splitTokens(environment[name] ?? '');
    if (tokens.length === 0) {
      return this.fault(
        path,
        `${dotted} names ${name}, which is not set. Set it to the token (several are separated by spaces).`
      );
    }
    if (tokens.some((token) => token.length < 8)) {
      return this.fault(
        path,
        `${dotted} names ${name}, which holds a token of fewer than 8 characters. Use a longer one.`
      );
    }
    return tokens;
  }

  private duration(path: Path, low: number, high: number): number | undefined {
    return this.quantity(
      path,
      /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/,
      { ms: 1, s: 1_000, m: MINUTE_MS, h: 60 * MINUTE_MS, d: DAY_MS },
      low,
      high,
      'a length of time such as 90s, 15m, 12h or 30d'
    );
  }

  private size(path: Path, low: number, high: number): number | undefined {
    return this.quantity(
      path,
      /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB|TiB)$/,
      { B: 1, KiB: 1_024, MiB: MIB, GiB: 1_024 * MIB, TiB: MIB * MIB },
      low,
      high,
      'a size such as 512MiB or 8GiB'
    );
  }

  private quantity(
    path: Path,
    pattern: RegExp,
    units: Readonly<Record<string, number>>,
    low: number,
    high: number,
    want: string
  ): number | undefined {
    const found = this.value(path);
    if (found === undefined) {
      return undefined;
    }
    const match = typeof found === 'string' ? pattern.exec(found.trim()) : null;
    const amount = match === null ? NaN : Math.round(Number(match[1]) * (units[match[2] ?? ''] ?? NaN));
    if (!(amount >= low && amount <= high)) {
      return this.fault(
        path,
        `${path.join('.')} is ${shown(found)}, want ${want}${match === null ? '' : `, from ${low} to ${high} ${'ms' in units ? 'ms' : 'bytes'}`}.`
      );
    }
    return amount;
  }

  private whole(path: Path, low: number, high: number): number | undefined {
    const found = this.value(path);
    if (found === undefined) {
      return undefined;
    }
    if (typeof found !== 'number' || !Number.isInteger(found) || found < low || found > high) {
      return this.fault(path, `${path.join('.')} is ${shown(found)}, want a whole number from ${low} to ${high}.`);
    }
    return found;
  }

  /** Unknown keys are mistakes of spelling, and a setting that is silently not in force is worse than a refused file. */
  private knows(path: Path, keys: readonly string[]): void {
    const node = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    if (node === null || node === undefined || (isScalar(node) && node.value === null)) {
      return;
    }
    if (!isMap(node)) {
      this.fault(path, `${path.join('.') || 'the file'} is no mapping. Want ${keys.join(', ')}.`);
      return;
    }
    for (const { key } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      if (!keys.includes(name)) {
        this.fault([...path, name], `${[...path, name].join('.')} is not known. Known: ${keys.join(', ')}.`);
      }
    }
  }

  private value(path: Path): unknown {
    const parent = this.document.getIn(path.slice(0, -1), true);
    if (path.length > 1 && !isMap(parent)) {
      return undefined;
    }
    const found: unknown = this.document.getIn(path);
    return found === null ? undefined : found;
  }

  private fault(path: Path, problem: string): undefined {
    this.problems.push(`:${this.lineOf(path)}: ${problem}`);
    return undefined;
  }

  /** The line of the key, or of the nearest part above it. */
  private lineOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const last = path[length - 1];
      const parent = length === 1 ? this.document.contents : this.document.getIn(path.slice(0, length - 1), true);
      const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined;
      const node: unknown = pair?.key ?? this.document.getIn(path.slice(0, length), true);
      const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
      if (Array.isArray(range) && typeof range[0] === 'number') {
        return this.lines.linePos(range[0]).line;
      }
    }
    return 1;
  }
}

function splitTokens(text: string): string[] {
  return text.split(/[\s,]+/).filter((token) => token !== '');
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
