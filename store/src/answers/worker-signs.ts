import type { KnownWorker } from '../../../src/analysis/health-input';
import type { HealthSpec } from '../../../src/health/spec';
import type { EpochMs } from '../../../src/model/units';
import type { Columns } from '../archive/columns';
import { keyInSource } from './group-facts';
import { STATE_NUMBER, SUBSTATE_NUMBER } from '../archive/word-numbers';
import { ABSENT, firstRow, NO_NAME } from '../archive/columns';
import { liveStateAt } from './view-states';

const LOST = (SUBSTATE_NUMBER.get('lost') ?? NaN) + 1;

/** By `keyInSource`. */
export type WorkerSigns = ReadonlyMap<number, KnownWorker>;

/** What runs tell of a worker. */
export interface Evidence {
  /** Newest sign of life, whatever run it came with. */
  heardAt: number;
  /** Newest last sign of a run that was then lost. */
  lostAt: number;
  /** When such a loss was concluded last. */
  concludedAt: number;
  /** Something runs on it now that gives signs of life. */
  isBusy: boolean;
}

/**
 * What the archive knows of workers at an instant, from their runs: of all runs, whatever a question filters, because a
 * worker that is busy with another task is not silent.
 *
 * Silence is judged only where somebody owes a sign. Workers do not report by themselves, only with a run: while it runs
 * (events without a state: the agent sends one at least every ten seconds). So
 * - a worker owes signs while a run that gives them has not ended. When none comes, it is silent;
 * - when the store has concluded such a run to be lost, the worker stays silent until it is heard of again, as it vanished
 *   in the middle of its work;
 * - a worker that has ended its last run in order owes nothing. It is idle, for however long;
 * - a worker of which no run ever gave signs in between (most brokers report changes of state only) is not known at all:
 *   a long run and a dead worker look the same.
 * Workers that were not heard of for longer than any rule of the spec asks for are left out.
 *
 * Signs that came while the store was away are on their way at best: senders keep them and come back within a minute. So
 * the silence of a worker counts from `listeningSince` at the earliest, unless a loss was concluded before: then
 * somebody had listened, and a restart does not make the worker heard.
 */
export function workerSigns(
  columns: Columns,
  at: EpochMs,
  { spec, listeningSince }: { spec: HealthSpec; listeningSince: EpochMs }
): WorkerSigns {
  const from = rememberedFrom(spec, at);
  const found = new Map<number, Evidence & { source: number; worker: number }>();
  for (const segment of columns.overlapping({ from, to: at })) {
    const { begin, end, state, substate, beats, source, worker, observed, finished } = segment;
    for (let i = firstRow(segment); i < segment.length; i++) {
      if (beats[i] === 0 || worker[i] === NO_NAME || state[i] === ABSENT || !(begin[i]! < at)) {
        continue;
      }
      const isLost = substate[i] === LOST;
      // A loss tells from when it was concluded: what was lost while the store was away ended long before.
      if (end[i]! < from && !(isLost && observed[i]! >= Math.max(from, listeningSince))) {
        continue;
      }
      const key = keyInSource(source[i]!, worker[i]!);
      let evidence = found.get(key);
      if (evidence === undefined) {
        evidence = { source: source[i]!, worker: worker[i]!, ...noEvidence() };
        found.set(key, evidence);
      }
      if (isLost) {
        // The run was observed last by who concluded its loss; it was heard of last when it "finished".
        evidence.lostAt = Math.max(evidence.lostAt, finished[i]! === finished[i]! ? finished[i]! : observed[i]!);
        evidence.concludedAt = Math.max(evidence.concludedAt, observed[i]!);
      } else {
        evidence.heardAt = Math.max(evidence.heardAt, observed[i]!);
        evidence.isBusy ||= liveStateAt(segment, i, at) === STATE_NUMBER.running;
      }
    }
  }
  const signs = new Map<number, KnownWorker>();
  for (const [key, evidence] of found) {
    const name = (number: number) => columns.names[number] ?? '';
    signs.set(
      key,
      signOf({ source: name(evidence.source), name: name(evidence.worker) }, evidence, at, listeningSince)
    );
  }
  return signs;
}

/** Workers that were not heard of since are forgotten. */
export function rememberedFrom(spec: HealthSpec, at: EpochMs): EpochMs {
  const patches = spec.overrides.map(({ checks }) => checks?.silentWorkers?.forgottenAfterMs ?? 0);
  return at - Math.max(spec.checks.silentWorkers.forgottenAfterMs, ...patches);
}

export function noEvidence(): Evidence {
  return { heardAt: -Infinity, lostAt: -Infinity, concludedAt: -Infinity, isBusy: false };
}

/** The sign of life that the evidence makes. */
export function signOf(
  worker: { source: string; name: string },
  { heardAt, lostAt, concludedAt, isBusy }: Evidence,
  at: EpochMs,
  listeningSince: EpochMs
): KnownWorker {
  const isIdle = !isBusy && lostAt < heardAt;
  const wasLost = lostAt >= heardAt && concludedAt < listeningSince;
  return {
    ...worker,
    lastSeenAt: Math.min(at, Math.max(heardAt, lostAt)),
    ...(isIdle && { idle: true }),
    ...(!isIdle && !wasLost && listeningSince > -Infinity && { listeningSince }),
  };
}
