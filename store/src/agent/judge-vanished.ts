import { constants } from 'node:os';
import type { EpochMs } from '../../../src/model/units';
import { kernelKills, nearLimits, type Verdict } from './judge-end';
import type { MemoryFacts } from './tree-meter';

/** What is known of a process that somebody else has started and that is gone. */
export interface VanishedFacts {
  pid: number;
  /** Between these two looks. */
  lastSeenAt: EpochMs;
  goneAt: EpochMs;
  /** As `wait` gives it, where it was seen as a zombie. 0 may also mean that we were not allowed to know. */
  zombieStatus?: number;
  memory?: MemoryFacts;
}

export interface VanishedVerdict extends Verdict {
  exitCode?: number;
  signal?: string;
}

/** Judges an end that nobody reported. Only a parent learns an exit code; an observer must say what it cannot know. */
export function judgeVanished(facts: VanishedFacts): VanishedVerdict {
  const status = facts.zombieStatus ?? 0;
  const signal = status === 0 ? undefined : signalName(status & 0x7f);
  const exitCode = status !== 0 && signal === undefined ? status >> 8 : undefined;
  const killed = signal === 'SIGKILL' || (signal === undefined && exitCode === undefined);
  const kills = facts.memory?.oomKills ?? [];
  const notes = [...kernelKills(facts.memory, killed), ...nearLimits(facts.memory, killed)];

  if (killed && kills.length > 0) {
    const message = `The process vanished and the kernel had killed for memory in ${kills[0]?.cgroup ?? 'its cgroup'}`;
    return {
      state: 'failed',
      substate: 'oom',
      nativeState: 'vanished',
      signal: 'SIGKILL',
      evidence: notes.join('; '),
      error: { type: 'OutOfMemory', message },
    };
  }
  if (signal !== undefined) {
    notes.unshift(`pid ${facts.pid} was seen as a zombie that ${signal} had ended`);
    return {
      state: 'failed',
      substate: 'killed',
      nativeState: `killed by ${signal}`,
      signal,
      evidence: notes.join('; '),
      error: { type: signal, message: `Killed by ${signal}` },
    };
  }
  if (exitCode !== undefined) {
    notes.unshift(`pid ${facts.pid} was seen as a zombie with exit code ${exitCode}`);
    return {
      state: 'failed',
      substate: 'error',
      nativeState: `exited ${exitCode}`,
      exitCode,
      evidence: notes.join('; '),
      error: { message: `Exited with code ${exitCode}` },
    };
  }
  const between = `between ${new Date(facts.lastSeenAt).toISOString()} and ${new Date(facts.goneAt).toISOString()}`;
  notes.unshift(
    `pid ${facts.pid} vanished ${between}; how it ended is only told to its parent, so the exit code is not known`
  );
  return { state: 'completed', substate: 'exited', nativeState: 'vanished', evidence: notes.join('; ') };
}

function signalName(number: number): string | undefined {
  return number === 0
    ? undefined
    : (Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`);
}
