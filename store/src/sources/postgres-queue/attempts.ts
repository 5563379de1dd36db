import {
  compact,
  optional,
  readList,
  readNumber,
  readObject,
  readText,
  ShapeError,
} from '../../../../src/model/read-shape';
import type { RunError } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import type { EventMeaning, Mapping, Standing } from './mapping';
import type { Row } from './question';
import { sayError } from './say-error';

/** What is told of an attempt beside the row's own columns. */
export interface Attempt {
  attempt: number;
  createdAt?: EpochMs;
  queuedAt?: EpochMs;
  startedAt?: EpochMs;
  finishedAt?: EpochMs;
  worker?: string;
  error?: RunError;
  /** How it ended; absent: it failed. */
  standing?: Standing;
}

export interface Told {
  attempts: readonly Attempt[];
  /** How many have begun, as far as this tells. */
  begun?: number;
}

type Mend = (ms: number | undefined) => EpochMs | undefined;

/**
 * The attempts that a row lists, or that its history tells of. Undefined where the mapping has neither.
 *
 * @throws ShapeError when the list is none
 */
export function attemptsOf({ attempts, history }: Row, { events }: Mapping, mend: Mend): Told | undefined {
  if (attempts !== undefined) {
    return { attempts: readJson(attempts, 'attempts', (item, where) => readAttempt(item, where, mend)) };
  }
  if (history !== undefined) {
    return attemptsOfHistory(readJson(history, 'history', readHappening), events, mend);
  }
  return undefined;
}

interface Happening {
  event: string;
  at?: number;
}

/**
 * A run's history as its attempts. The order of the list counts, not the times in it: an engine may write into an event when
 * something is due (Procrastinate's `scheduled`, 3.10.0).
 */
function attemptsOfHistory(history: readonly Happening[], events: ReadonlyMap<string, EventMeaning>, mend: Mend): Told {
  const attempts: Attempt[] = [{ attempt: 1 }];
  let begun = 0;
  let nextDue: EpochMs | undefined;
  let current = attempts[0] as Attempt;
  for (const { event, at } of history) {
    const time = mend(at);
    const meaning = events.get(event) ?? 'ignored';
    switch (meaning) {
      case 'ignored':
        break;
      case 'created':
        current.createdAt ??= time;
        break;
      case 'due':
        // Told between a failure and its retry it is about the next attempt.
        if (current.startedAt === undefined) {
          current.queuedAt = time;
        } else {
          nextDue = time;
        }
        break;
      case 'started':
        begun = current.attempt;
        current.startedAt = time;
        break;
      case 'retry':
        // What had ended already is tried again by hand.
        current.finishedAt ??= time;
        current = compact<Attempt>({ attempt: current.attempt + 1, createdAt: time, queuedAt: nextDue });
        nextDue = undefined;
        attempts.push(current);
        break;
      default:
        current.finishedAt = time;
        current.standing = meaning;
    }
  }
  return { attempts: attempts.map((one) => compact(one)), begun };
}

function readHappening(value: unknown, where: string): Happening {
  const { event, at } = readObject(value, where);
  return compact<Happening>({ event: readText(event, `${where}.event`), at: optional(at, `${where}.at`, readInstant) });
}

function readAttempt(value: unknown, where: string, mend: Mend): Attempt {
  const fields = readObject(value, where);
  const text = (name: string) => optional(fields[name], `${where}.${name}`, readText);
  const instant = (name: string) => mend(optional(fields[name], `${where}.${name}`, readInstant));
  return compact<Attempt>({
    attempt: readNumber(fields['attempt'], `${where}.attempt`),
    startedAt: instant('startedAt'),
    finishedAt: instant('finishedAt'),
    worker: text('worker'),
    error: sayError(compact({ type: text('errorType'), message: text('errorMessage'), stack: text('errorStack') })),
  });
}

/** Milliseconds since 1970, or a text of ISO 8601 with a zone. */
function readInstant(value: unknown, where: string): number {
  const ms =
    typeof value === 'string' ? Date.parse(/(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(value) ? value : `${value}Z`) : value;
  return readNumber(ms, where);
}

function readJson<T>(text: string | null, where: string, readOne: (value: unknown, where: string) => T): T[] {
  if (text === null) {
    return [];
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ShapeError(where, text, 'JSON');
  }
  return optional(value, where, (list, at) => readList(list, at, readOne)) ?? [];
}
