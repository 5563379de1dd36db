import { WAITS_ON_PURPOSE } from './lifetime';
import type { RunTable } from './run-table';
import type { EpochMs } from './units';
import { STATE_NUMBER, SUBSTATE_NUMBER } from './word-numbers';

const { pending: PENDING, running: RUNNING, unknown: UNKNOWN } = STATE_NUMBER;

/** The number of a lost run in the column `substate`. */
export const LOST = substateColumn('lost');
const ON_PURPOSE = new Uint8Array(SUBSTATE_NUMBER.size + 1);
for (const substate of WAITS_ON_PURPOSE) {
  ON_PURPOSE[substateColumn(substate)] = 1;
}

function substateColumn(word: string): number {
  return (SUBSTATE_NUMBER.get(word) ?? NaN) + 1;
}

/**
 * When a run left the state `pending`: it started, or it ended without a known start. Infinity: it still waits. A start
 * before the beginning (two clocks) is taken as the beginning.
 */
export function leftPending({ state, started, begin, end }: RunTable, i: number): EpochMs {
  const is = state[i]!;
  if (is === PENDING) {
    return Infinity;
  }
  const at = Math.max(started[i]!, begin[i]!);
  return at === at ? Math.min(at, end[i]!) : is === RUNNING ? begin[i]! : end[i]!;
}

/** The number of `pending` or `running` at an instant; -1 before it began, after it ended and for an unknown state. */
export function liveStateAt(table: RunTable, i: number, at: EpochMs): number {
  if (table.state[i] === UNKNOWN || !(table.begin[i]! < at) || table.end[i]! < at) {
    return -1;
  }
  return leftPending(table, i) < at ? RUNNING : PENDING;
}

/** `waitsSince` of `lifetime.ts`: since when a run waits for a worker; NaN where it waits on purpose. */
export function waitsSince({ substate, queued, created, begin }: RunTable, i: number): EpochMs {
  if (ON_PURPOSE[substate[i]!] === 1) {
    return NaN;
  }
  const asked = askedAt(queued[i]!, created[i]!);
  return asked === asked ? asked : begin[i]!;
}

/** From when on a wait is measured: queued, else created; NaN where neither is reported. */
export function askedAt(queued: EpochMs, created: EpochMs): EpochMs {
  return queued === queued ? queued : created;
}

/** When the run came, as `health/missed-runs.ts` has it: when it was asked for, else the earliest instant that is known. */
export function rowCameAt({ queued, created, started, finished, observed }: RunTable, i: number): EpochMs {
  return [queued[i]!, created[i]!, started[i]!, finished[i]!].find((at) => at === at) ?? observed[i]!;
}
