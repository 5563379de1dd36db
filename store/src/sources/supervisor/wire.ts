import { compact, readNumber, readObject, readRows, readText, type Rows } from '../../../../src/model/read-shape';
import type { EpochMs } from '../../../../src/model/units';

/** What Supervisor knows of a process: its last start. */
export interface ProcessInfo {
  name: string;
  group: string;
  /** Of the last start, in whole seconds, by the clock of its host. Absent before the first. */
  startedAt?: EpochMs;
  /** Of the last end of any start. */
  stoppedAt?: EpochMs;
  /** Its clock, when it answered. */
  now: EpochMs;
  /** `RUNNING`, `FATAL` … */
  state: string;
  /** Why it did not start, or that its exit code was not expected; empty otherwise. */
  spawnError: string;
  /** -1: by a signal. 0 as well where it did not come up (Supervisor 4.3). */
  exitStatus: number;
  /** While it lives. */
  pid?: number;
}

/** The answer of `getAllProcessInfo`. @throws ShapeError when it is no list */
export function readProcessInfos(value: unknown): Rows<ProcessInfo> {
  return readRows(value, 'getAllProcessInfo', readProcessInfo);
}

function readProcessInfo(value: unknown, where: string): ProcessInfo {
  const fields = readObject(value, where);
  const number = (name: string) => readNumber(fields[name], `${where}.${name}`);
  const text = (name: string) => readText(fields[name], `${where}.${name}`);
  const pid = number('pid');
  return compact({
    name: text('name'),
    group: text('group'),
    startedAt: instant(number('start')),
    stoppedAt: instant(number('stop')),
    now: number('now') * 1000,
    state: text('statename'),
    spawnError: text('spawnerr'),
    exitStatus: number('exitstatus'),
    pid: pid > 0 ? pid : undefined,
  });
}

/** 0 stands for never. */
function instant(seconds: number): EpochMs | undefined {
  return seconds > 0 ? seconds * 1000 : undefined;
}
