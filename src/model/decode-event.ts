import { reportedInstant } from './instant';
import { depthUpTo, duplicateKey } from './json-text';
import { isLifecycleState, isSubstate, isTerminal, LIFECYCLE_STATES, stateOfSubstate } from './lifecycle';
import type { TaskEvent } from './task-event';
import { RUN_KINDS } from './task-run';
import type { RunError } from './task-run';
import type { DurationMs, EpochMs } from './units';

/** The version of events on the wire. An event may say it (`"v": 1`); without it, this one is meant. */
export const EVENT_FORMAT = 1;

/** Most characters that are kept; what is longer is cut, and the answer says so. */
export const MAX_TEXT = {
  name: 512,
  nativeState: 128,
  signal: 32,
  evidence: 2_000,
  errorType: 512,
  errorMessage: 8_000,
  errorStack: 32_000,
  text: 4_000,
  labelName: 128,
  labelValue: 512,
} as const;

/** Keys longer than these are refused, because cut keys would merge different runs. */
export const MAX_KEY = { source: 200, runId: 512 } as const;
export const MAX_LABELS = 32;
export const MAX_DEPTH = 4;
const MAX_ATTEMPT = 1_000_000;
const MAX_HEARTBEAT_MS = 24 * 60 * 60 * 1000;

/** How far ahead of our clock an event may be. */
export const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

export type Decoded =
  | {
      event: TaskEvent;
      /** Fields that were cut to their limit: `error.message`. */
      cut: string[];
      /** Fields that this version does not know; they are left out. */
      unknown: number;
    }
  | {
      problem: string;
      /** The event is fine but for its time, which our clock has yet to come near: it can be taken later. */
      isAhead?: true;
    };

/** Thrown inside, turned into `{problem}` at the edge. */
class Problem extends Error {}
class AheadProblem extends Problem {}

/**
 * One event from a line of NDJSON. Beyond what `decodeEvent` checks, a key that occurs twice and nesting beyond
 * `MAX_DEPTH` are refused, which `JSON.parse` alone would let pass.
 */
export function decodeEventLine(line: string, now: EpochMs): Decoded {
  let value: unknown;
  try {
    const depth = depthUpTo(line, MAX_DEPTH + 1);
    if (depth > MAX_DEPTH) {
      return { problem: `nested deeper than ${MAX_DEPTH} levels. Send args, result and details as text.` };
    }
    value = JSON.parse(line);
  } catch (error) {
    return {
      problem: `not JSON (${error instanceof Error ? error.message : 'unreadable'}): ${quote(line)}. Send one JSON object per line.`,
    };
  }
  const decoded = decode(value, now, !MAY_BE_BROKEN.test(line));
  if ('event' in decoded) {
    const twice = duplicateKey(line, value);
    if (twice !== undefined) {
      return { problem: `${quote(twice)} is given twice. Give each field once.` };
    }
  }
  return decoded;
}

/**
 * Checks types, ranges and lengths of an event. `now` bounds how far ahead its times may be; without it they are not
 * bounded. The problem names the field, what was found and what is wanted.
 */
export function decodeEvent(value: unknown, now: EpochMs = Infinity): Decoded {
  return decode(value, now, false);
}

/** Where none of these stand in a line, no text of it can hold half a surrogate pair. */
const MAY_BE_BROKEN = /[\ud800-\udfff]|\\u[dD]/;

function decode(value: unknown, now: EpochMs, isWellFormed: boolean): Decoded {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      problem: `found ${describe(value)}, want an object such as {"source":"shop","runId":"1","attempt":1,"at":1732372800000,"state":"running"}.`,
    };
  }
  try {
    return new EventReader(value as Record<string, unknown>, now, isWellFormed).read();
  } catch (error) {
    if (error instanceof Problem) {
      return { problem: error.message, ...(error instanceof AheadProblem && { isAhead: true }) };
    }
    throw error;
  }
}

class EventReader {
  private readonly cut: string[] = [];
  private unknown = 0;
  private readonly latest: number;

  constructor(
    private readonly raw: Record<string, unknown>,
    private readonly now: EpochMs,
    private readonly isWellFormed: boolean
  ) {
    this.latest = now + MAX_AHEAD_MS;
  }

  read(): Decoded {
    const { raw } = this;
    const event: TaskEvent = {
      source: this.key('source', MAX_KEY.source),
      runId: this.key('runId', MAX_KEY.runId),
      attempt: raw['attempt'] === undefined ? 1 : this.whole('attempt', raw['attempt'], 1, MAX_ATTEMPT),
      at:
        raw['at'] === undefined
          ? fail('at is missing. Give the time of the event in epoch milliseconds.')
          : this.time('at', raw['at']),
    };
    for (const field in raw) {
      const found = raw[field];
      if (found === undefined || found === null) {
        continue;
      }
      switch (field) {
        case 'source':
        case 'runId':
        case 'attempt':
        case 'at':
          break;
        case 'v':
          if (found !== EVENT_FORMAT) {
            fail(`v is ${describe(found)}, this store reads event format ${EVENT_FORMAT}. Update the store.`);
          }
          break;
        case 'state':
          if (typeof found !== 'string' || !isLifecycleState(found)) {
            fail(
              `state is ${describe(found)}, want one of ${LIFECYCLE_STATES.join(', ')}; put the source's own word into nativeState.`
            );
          } else {
            event.state = found;
          }
          break;
        case 'substate':
          if (typeof found !== 'string' || !isSubstate(found)) {
            fail(
              `substate is ${describe(found)}, which is no substate of Runlane. Put the source's own word into nativeState.`
            );
          } else {
            event.substate = found;
          }
          break;
        case 'nativeState':
          event.nativeState = this.text(field, found, MAX_TEXT.nativeState);
          break;
        case 'derived':
        case 'snapshot':
          if (typeof found !== 'boolean') {
            fail(`${field} is ${describe(found)}, want true or false.`);
          } else if (found) {
            event[field] = true;
          }
          break;
        case 'evidence':
          event.evidence = this.text(field, found, MAX_TEXT.evidence);
          break;
        case 'kind': {
          event.kind =
            RUN_KINDS.find((kind) => kind === found) ??
            fail(`kind is ${describe(found)}, want one of ${RUN_KINDS.join(', ')}.`);
          break;
        }
        case 'task':
        case 'worker':
        case 'host':
        case 'queue':
        case 'parentId':
        case 'rootId':
        case 'traceId':
        case 'spanId':
        case 'parentSpanId': {
          const name = this.text(field, found, MAX_TEXT.name);
          if (name !== '') {
            event[field] = name;
          }
          break;
        }
        case 'createdAt':
        case 'queuedAt':
        case 'startedAt':
        case 'finishedAt':
          if (!isNever(found)) {
            event[field] = this.time(field, found);
          }
          break;
        case 'heartbeatMs':
          event.heartbeatMs = this.interval(field, found);
          break;
        case 'maxAttempts':
          event.maxAttempts = this.whole(field, found, 0, Number.MAX_SAFE_INTEGER);
          break;
        case 'exitCode':
          event.exitCode = this.whole(field, found, -2_147_483_648, 4_294_967_295);
          break;
        case 'signal':
          event.signal = this.text(field, found, MAX_TEXT.signal);
          break;
        case 'cpuSeconds':
        case 'rssBytes':
        case 'maxRssBytes':
          event[field] = this.amount(field, found);
          break;
        case 'memoryLimitBytes':
        case 'cpuLimitCores':
          event[field] = this.limit(field, found);
          break;
        case 'args':
        case 'result':
          event[field] = this.text(field, found, MAX_TEXT.text);
          break;
        case 'error':
          event.error = this.error(found);
          break;
        case 'labels':
          event.labels = this.labels(found);
          break;
        default:
          this.unknown++;
      }
    }
    if (event.substate !== undefined) {
      const state = stateOfSubstate(event.substate);
      if (event.state !== undefined && event.state !== state) {
        fail(
          `substate ${quote(event.substate)} belongs to state ${quote(String(state))}, found state ${quote(event.state)}. Send them together or only one.`
        );
      }
      event.state = state;
    }
    if (event.derived === true && (event.state === undefined || !isTerminal(event.state))) {
      fail(
        'derived is true, but the event has no end state. Derived is for ends that were concluded, such as failed/lost.'
      );
    }
    return { event, cut: this.cut, unknown: this.unknown };
  }

  private key(field: 'source' | 'runId', limit: number): string {
    const found = this.raw[field];
    if (typeof found !== 'string' || found === '') {
      return fail(
        found === undefined
          ? `${field} is missing, want text.`
          : `${field} is ${describe(found)}, want text that is not empty.`
      );
    }
    if (found.length > limit) {
      fail(
        `${field} has ${found.length} characters, at most ${limit} are allowed. Send a shorter one, such as a hash.`
      );
    }
    // The parts of a key are joined by line feeds.
    if (found.includes('\n')) {
      fail(`${field} holds a line break: ${quote(found)}. Send it without.`);
    }
    return this.isWellFormed ? found : wellFormed(found);
  }

  private time(field: string, found: unknown): EpochMs {
    if (typeof found !== 'number' || !Number.isFinite(found)) {
      return fail(`${field} is ${describe(found)}, want epoch milliseconds as a number.`);
    }
    if (reportedInstant(found) === undefined) {
      fail(`${field} is ${found}, which stands for a time that is not known. Send epoch milliseconds.`);
    }
    if (found < 1e11) {
      fail(
        `${field} is ${found}, which looks like seconds (${iso(found * 1000)}). Send milliseconds: multiply by 1000.`
      );
    }
    if (found >= 1e14) {
      fail(
        `${field} is ${found}, which looks like micro- or nanoseconds. Send milliseconds: divide by 1000 or 1000000.`
      );
    }
    if (found > this.latest) {
      throw new AheadProblem(
        `${field} is ${found} (${iso(found)}), more than 24 h ahead of the store's clock (${iso(this.now)}). Check both clocks and send it again; times are epoch milliseconds.`
      );
    }
    return found;
  }

  private whole(field: string, found: unknown, low: number, high: number): number {
    if (typeof found !== 'number' || !Number.isInteger(found) || found < low || found > high) {
      return fail(`${field} is ${describe(found)}, want a whole number from ${low} to ${high}.`);
    }
    return found;
  }

  private amount(field: string, found: unknown): number {
    if (typeof found !== 'number' || !(found >= 0) || found > Number.MAX_SAFE_INTEGER) {
      return fail(`${field} is ${describe(found)}, want a number that is not negative.`);
    }
    return found;
  }

  /** What may be used at most. A limit of nothing is none that anything could run under. */
  private limit(field: string, found: unknown): number {
    const amount = this.amount(field, found);
    return amount > 0 ? amount : fail(`${field} is 0, want a number above 0. Leave it out where there is no limit.`);
  }

  private interval(field: string, found: unknown): DurationMs {
    const ms = this.amount(field, found);
    return ms > 0 && ms <= MAX_HEARTBEAT_MS
      ? ms
      : fail(`${field} is ${ms}, want milliseconds above 0 and at most ${MAX_HEARTBEAT_MS} (a day).`);
  }

  private text(field: string, found: unknown, limit: number): string {
    if (typeof found !== 'string') {
      return fail(`${field} is ${describe(found)}, want text.`);
    }
    if (found.length > limit) {
      this.cut.push(field);
      return `${wellFormed(found.slice(0, limit - 1))}…`;
    }
    return this.isWellFormed ? found : wellFormed(found);
  }

  private error(found: unknown): RunError {
    if (typeof found === 'string') {
      return { message: this.text('error', found, MAX_TEXT.errorMessage) };
    }
    if (typeof found !== 'object' || found === null || Array.isArray(found)) {
      return fail(`error is ${describe(found)}, want {"type","message","stack"} or text.`);
    }
    const error: RunError = {};
    for (const [field, value] of Object.entries(found)) {
      if (value === undefined || value === null) {
        continue;
      }
      if (field === 'type') {
        error.type = this.text('error.type', value, MAX_TEXT.errorType);
      } else if (field === 'message') {
        error.message = this.text('error.message', value, MAX_TEXT.errorMessage);
      } else if (field === 'stack') {
        error.stack = this.text('error.stack', value, MAX_TEXT.errorStack);
      } else {
        this.unknown++;
      }
    }
    return error;
  }

  private labels(found: unknown): Record<string, string> {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) {
      return fail(`labels is ${describe(found)}, want an object of texts such as {"team":"billing"}.`);
    }
    const entries = Object.entries(found);
    if (entries.length > MAX_LABELS) {
      this.cut.push('labels');
    }
    const kept: Array<[string, string]> = [];
    for (const [name, value] of entries.slice(0, MAX_LABELS)) {
      if (name.length > MAX_TEXT.labelName) {
        fail(`labels has a name of ${name.length} characters, at most ${MAX_TEXT.labelName} are allowed.`);
      }
      const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
      kept.push([wellFormed(name), this.text(`labels.${name}`, text, MAX_TEXT.labelValue)]);
    }
    // `fromEntries` defines own properties, so that a label may even be named `__proto__`.
    return Object.fromEntries(kept);
  }
}

/** Whether a sender has written that there is no such instant yet: 0, −1, the zero time of its language. */
function isNever(found: unknown): boolean {
  return typeof found === 'number' && Number.isFinite(found) && reportedInstant(found) === undefined;
}

/** Half a surrogate pair cannot be written as UTF-8: it becomes the replacement character. */
function wellFormed(text: string): string {
  return /[\ud800-\udfff]/.test(text)
    ? text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    : text;
}

function fail(message: string): never {
  throw new Problem(message);
}

function describe(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  if (Array.isArray(value)) {
    return `an array of ${value.length}`;
  }
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'string':
      return `the text ${quote(value)}`;
    case 'undefined':
      return 'nothing';
    default:
      return String(value);
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function iso(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? 'no calendar date' : date.toISOString();
}
