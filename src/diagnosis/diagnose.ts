import type { FailureCategory } from '../model/answer';
import { isAbnormalExit } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import { categoryOf } from './category';
import { cutWhole, firstLine, normaliseMessage } from './normalise';

export interface Diagnosis {
  category: FailureCategory;
  /** The same for all failures with the same cause: 16 hex digits. */
  fingerprint: string;
  /** The cause in a few words, without what differs from run to run. */
  title: string;
}

const LONGEST_TITLE = 160;
const LONGEST_TYPE = 100;

/**
 * Says why a run failed, in a form that can be counted. The fingerprint is made of how it ended (substate, signal, exit
 * code where there is no error), the error's type and its normalised first line; not of task, worker or source, so that
 * one cause is one group wherever it strikes.
 *
 * Any run is accepted; for a run that did not fail the answer says how it ended and its category is `unknown`.
 */
export function diagnose(run: TaskRun): Diagnosis {
  const type = run.error?.type === undefined ? undefined : shortType(run.error.type);
  const message =
    run.error?.message === undefined ? '' : normaliseMessage(withoutType(run.error.message, run.error.type));
  const ending = endingOf(run);
  const said = [type, message].filter((part) => part !== undefined && part !== '').join(': ');
  // A lost or killed run may carry an old error; then how it ended is the cause, and the error only a detail.
  const title = ending.decides || said === '' ? ending.words : said;
  return {
    category: categoryOf(run),
    fingerprint: hash64(title),
    title: cutWhole(title, LONGEST_TITLE),
  };
}

/** How a run ended, in words; `decides` where that says more than any error message. */
export function endingOf(run: TaskRun): { words: string; decides: boolean } {
  switch (run.substate) {
    case 'lost':
      return { words: 'lost: its worker or process vanished', decides: true };
    case 'oom':
      return { words: 'out of memory', decides: true };
    case 'expired':
      return { words: 'expired before it started', decides: true };
    case 'upstream_failed':
      return { words: 'a run before it failed', decides: true };
    case 'start_limit':
      return { words: 'restarted too often', decides: true };
    case undefined:
    default:
      break;
  }
  if (run.signal !== undefined) {
    return { words: `killed by ${cutWhole(firstLine(run.signal), 30)}`, decides: true };
  }
  if (run.exitCode !== undefined && run.exitCode !== 0) {
    return { words: `exit ${run.exitCode}`, decides: false };
  }
  switch (run.substate) {
    case 'timed_out':
      return { words: 'timed out', decides: false };
    case 'killed':
      return { words: 'killed', decides: false };
    case 'rejected':
      return { words: 'rejected', decides: false };
    case undefined:
    default:
      return {
        words: run.state === 'failed' ? 'failed, nothing else reported' : (run.substate ?? run.state),
        decides: false,
      };
  }
}

/** How a failed run ended, as one short label: `lost`, `oom`, `SIGKILL`, `exit 1`, or its substate. For counting. */
export function endingLabel(run: TaskRun): string {
  if (run.substate === 'lost' || run.substate === 'oom') {
    return run.substate;
  }
  if (run.signal !== undefined) {
    return cutWhole(firstLine(run.signal), 30);
  }
  if (run.exitCode !== undefined && run.exitCode !== 0) {
    return `exit ${run.exitCode}`;
  }
  return run.substate ?? 'failed';
}

/** How a run ended that nobody asked to end that way, in the words of `StateTotals.abnormal`. */
export function abnormalEnding(run: TaskRun): string | undefined {
  return isAbnormalExit(run) ? endingLabel(run) : undefined;
}

/** `smtplib.SMTPServerDisconnected` → `SMTPServerDisconnected`: the module says nothing more and changes with versions. */
function shortType(type: string): string {
  const line = cutWhole(firstLine(type), LONGEST_TYPE);
  return /^[\w$]{1,60}(?:[.:]{1,2}[\w$]{1,60}){1,20}$/u.test(line) ? (line.split(/[.:]{1,2}/u).pop() ?? line) : line;
}

/** Many systems write the type in front of the message as well. */
function withoutType(message: string, type: string | undefined): string {
  if (type === undefined || type === '') {
    return message;
  }
  const text = message.trimStart();
  for (const name of [type, shortType(type)]) {
    if (name !== '' && text.startsWith(`${name}:`)) {
      return text.slice(name.length + 1);
    }
    // Python's repr: TypeError('bad operand')
    if (name !== '' && text.startsWith(`${name}(`)) {
      return text
        .slice(name.length + 1)
        .replace(/^['"]/u, '')
        .replace(/['"]?,?\)\s*$/u, '');
    }
  }
  return message;
}

/**
 * FNV-1a, twice 32 bits with different offsets, over UTF-16 code units. Stable between versions and machines: the
 * fingerprint is stored. Not for secrets. (Fowler, Noll, Vo; draft-eastlake-fnv.)
 */
export function hash64(text: string): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ (unit & 0xff), 0x01000193);
    low = Math.imul(low ^ (unit >> 8), 0x01000193);
    high = Math.imul(high ^ (unit >> 8), 0x01000193);
    high = Math.imul(high ^ (unit & 0xff), 0x01000193);
  }
  return hex32(high) + hex32(low);
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
