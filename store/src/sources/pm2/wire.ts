import {
  compact,
  optional,
  readNumber,
  readObject,
  readRows,
  readText,
  ShapeError,
  type Rows,
} from '../../../../src/model/read-shape';
import type { Bytes, EpochMs } from '../../../../src/model/units';

/**
 * What is read of a process. PM2 sends the whole environment of a program with each word about it, twice, among which are
 * its secrets: so nothing is read but these fields, each by its name.
 */
export interface Process {
  name: string;
  namespace: string;
  /** Used again by another program after `pm2 delete`, and by the next daemon. */
  id: number;
  /** `online`, `stopping`, `stopped`, `errored`, `launching`, `waiting restart` … */
  status: string;
  /** When its last start began; with the id it names the start. */
  startedAt: EpochMs;
  /** Of the last end, also of a start before this one. 0 as well where a signal ended it. */
  exitCode?: number;
  restarts: number;
  isCluster?: true;
  /** `cron_restart`. */
  schedule?: string;
  /** `max_memory_restart`. */
  memoryLimitBytes?: Bytes;
}

/** A process of the list, which tells more of it. */
export interface ListedProcess extends Process {
  pid?: number;
  rssBytes?: Bytes;
}

export type BusMessage =
  | { what: 'event'; event: string; at: EpochMs; process: Process }
  /** A line of PM2's own log. */
  | { what: 'exited'; name: string; id: number; signal: string }
  | { what: 'too large'; id: number; bytes: Bytes; limitBytes: Bytes };

/** @throws ShapeError when it is no list */
export function readList(value: unknown): Rows<ListedProcess> {
  return readRows(value, 'getMonitorData', (item, where) => {
    const fields = readObject(item, where);
    const pid = optional(fields['pid'], `${where}.pid`, readNumber);
    const monit = readObject(fields['monit'] ?? {}, `${where}.monit`);
    const memory = optional(monit['memory'], `${where}.monit.memory`, readNumber);
    return compact({
      ...readProcess(fields['pm2_env'], `${where}.pm2_env`),
      pid: pid !== undefined && pid > 0 ? pid : undefined,
      rssBytes: memory !== undefined && memory > 0 ? memory : undefined,
    });
  });
}

/**
 * A message of the bus, where it tells of starts and ends.
 *
 * @throws ShapeError when it should and cannot be read
 */
export function readMessage(topic: string, value: unknown): BusMessage | undefined {
  if (topic === 'log:PM2') {
    return readLogLine(readText(readObject(value, topic)['data'], `${topic}.data`));
  }
  if (topic !== 'process:event') {
    return undefined;
  }
  const fields = readObject(value, topic);
  return {
    what: 'event',
    event: readText(fields['event'], `${topic}.event`),
    at: readNumber(fields['at'], `${topic}.at`),
    process: readProcess(fields['process'], `${topic}.process`),
  };
}

/** Only here PM2 names the signal, just before the event that says exit code 0. */
function readLogLine(line: string): BusMessage | undefined {
  const [, name, id, signal] =
    /^App \[(.+):(?:_old_)?(\d+)\] exited with code \[.*\] via signal \[(\w+)\]/.exec(line) ?? [];
  if (name !== undefined && signal !== undefined) {
    return { what: 'exited', name, id: Number(id), signal };
  }
  const [, large, bytes, limit] =
    /Process (\d+) restarted because it exceeds --max-memory-restart value \(current_memory=(\d+) max_memory_limit=(\d+) /.exec(
      line
    ) ?? [];
  return large === undefined
    ? undefined
    : { what: 'too large', id: Number(large), bytes: Number(bytes), limitBytes: Number(limit) };
}

function readProcess(value: unknown, where: string): Process {
  const fields = readObject(value, where);
  const number = (name: string) => optional(fields[name], `${where}.${name}`, readNumber);
  const text = (name: string) => optional(fields[name], `${where}.${name}`, readText);
  const limit = fields['max_memory_restart'];
  const schedule = fields['cron_restart'];
  return compact({
    name: readText(fields['name'], `${where}.name`),
    namespace: text('namespace') ?? 'default',
    id: readId(fields['pm_id'], `${where}.pm_id`),
    status: readText(fields['status'], `${where}.status`),
    startedAt: readNumber(fields['pm_uptime'], `${where}.pm_uptime`),
    exitCode: number('exit_code'),
    restarts: number('restart_time') ?? 0,
    isCluster: fields['exec_mode'] === 'cluster_mode' ? true : undefined,
    // 0 switches it off.
    schedule: typeof schedule === 'string' && schedule !== '0' ? schedule : undefined,
    memoryLimitBytes: typeof limit === 'number' && limit > 0 ? limit : undefined,
  });
}

/** While a reload puts a new process in its place, the old one is called `_old_8`. */
function readId(value: unknown, where: string): number {
  const id = Number(String(value).replace(/^_old_/, ''));
  if (!Number.isInteger(id)) {
    throw new ShapeError(where, value, 'the number of a process');
  }
  return id;
}
