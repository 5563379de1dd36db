import type { Bytes, DurationMs } from '../../../src/model/units';
import type { CaptureMode } from './stderr-capture';

/** What the agent sends along with every event, whatever it observes. */
export interface Identity {
  source: string;
  task: string;
  worker: string;
  host: string;
  queue?: string;
  labels?: Readonly<Record<string, string>>;
}

/** How events leave the machine. */
export interface DeliveryOptions {
  /** As the user gave it: checked late, because a wrong address must not keep a command from running. */
  store: string;
  token?: string;
  spool: string;
  spoolLimitBytes: Bytes;
  /** Whether a background process may go on delivering after the agent has ended. */
  flusher: boolean;
  quiet: boolean;
}

export interface RunOptions extends Identity, DeliveryOptions {
  command: readonly string[];
  /** Redacted. */
  args: string;
  runId: string;
  /** Somebody else has announced this run, so its creation is not ours to tell. */
  announced: boolean;
  parentId?: string;
  rootId?: string;
  attempt: number;
  maxAttempts?: number;
  retries: number;
  backoffMs: DurationMs;
  intervalMs: DurationMs;
  timeoutMs?: DurationMs;
  killAfterMs: DurationMs;
  captureStderr: CaptureMode;
}

export interface WatchOptions extends Omit<Identity, 'task'>, DeliveryOptions {
  /** Named after the program where it is not given. */
  task?: string;
  pids: readonly number[];
  match?: RegExp;
  intervalMs: DurationMs;
}

const INTERPRETERS =
  /^(?:node|nodejs|deno|bun|python[\d.]*|pypy[\d.]*|ruby|perl|php[\d.]*|sh|bash|dash|zsh|ksh|tsx|ts-node)$/;

/** A task's name where none is given: the program, or the script that an interpreter runs. */
export function taskName(command: readonly string[]): string {
  const [program = '', ...args] = command;
  const base = baseName(program);
  const script = args.find((arg) => !arg.startsWith('-'));
  const runsText = args.some((arg) => /^-\w*[ce]$/.test(arg));
  return INTERPRETERS.test(base) && script !== undefined && !runsText ? baseName(script) : base;
}

function baseName(path: string): string {
  return path.replace(/\/+$/, '').split('/').pop() || path;
}
