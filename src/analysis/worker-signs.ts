import type { WorkerSign } from '../health/score';
import type { HealthSpec } from '../health/spec';
import { liveStateAt, LOST } from '../model/row-life';
import { ABSENT, NO_NAME } from '../model/run-table';
import type { RunTables } from '../model/run-table';
import type { EpochMs } from '../model/units';
import { STATE_NUMBER } from '../model/word-numbers';
import { nameInSource } from './name-in-source';

/** A worker as far as its signs of life are known. */
export interface KnownWorker extends WorkerSign {
  source: string;
  /** Queues that it is told to serve. */
  queues?: readonly string[];
}

/** What runs tell of a worker. */
interface Evidence {
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
 * What is known of workers at an instant, from runs that give signs of life: of all runs, whatever a question filters,
 * because a worker that is busy with another task is not silent.
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
  tables: RunTables,
  at: EpochMs,
  { spec, listeningSince }: { spec: HealthSpec; listeningSince: EpochMs }
): KnownWorker[] {
  const from = rememberedFrom(spec, at);
  const found = new Map<number, Evidence & { source: number; worker: number }>();
  for (const table of tables.overlapping({ from, to: at })) {
    const { begin, end, state, substate, beats, source, worker, observed, finished } = table;
    for (let i = table.first; i < table.length; i++) {
      if (beats[i] === 0 || worker[i] === NO_NAME || state[i] === ABSENT || !(begin[i]! < at)) {
        continue;
      }
      const isLost = substate[i] === LOST;
      // A loss tells from when it was concluded: what was lost while the store was away ended long before.
      if (end[i]! < from && !(isLost && observed[i]! >= Math.max(from, listeningSince))) {
        continue;
      }
      const key = nameInSource(source[i]!, worker[i]!);
      let evidence = found.get(key);
      if (evidence === undefined) {
        const none = { heardAt: -Infinity, lostAt: -Infinity, concludedAt: -Infinity, isBusy: false };
        evidence = { source: source[i]!, worker: worker[i]!, ...none };
        found.set(key, evidence);
      }
      if (isLost) {
        // The run was observed last by who concluded its loss; it was heard of last when it "finished".
        evidence.lostAt = Math.max(evidence.lostAt, finished[i]! === finished[i]! ? finished[i]! : observed[i]!);
        evidence.concludedAt = Math.max(evidence.concludedAt, observed[i]!);
      } else {
        evidence.heardAt = Math.max(evidence.heardAt, observed[i]!);
        evidence.isBusy ||= liveStateAt(table, i, at) === STATE_NUMBER.running;
      }
    }
  }
  return [...found.values()].map(({ source, worker, ...evidence }) => ({
    source: tables.names[source] ?? '',
    name: tables.names[worker] ?? '',
    ...signOf(evidence, at, listeningSince),
  }));
}

/** Workers that were not heard of since are forgotten. */
function rememberedFrom({ overrides, checks }: HealthSpec, at: EpochMs): EpochMs {
  const patches = overrides.map((patch) => patch.checks?.silentWorkers?.forgottenAfterMs ?? 0);
  return at - Math.max(checks.silentWorkers.forgottenAfterMs, ...patches);
}

function signOf(
  { heardAt, lostAt, concludedAt, isBusy }: Evidence,
  at: EpochMs,
  listeningSince: EpochMs
): Pick<KnownWorker, 'lastSeenAt' | 'idle' | 'listeningSince'> {
  const isIdle = !isBusy && lostAt < heardAt;
  const wasLost = lostAt >= heardAt && concludedAt < listeningSince;
  return {
    lastSeenAt: Math.min(at, Math.max(heardAt, lostAt)),
    ...(isIdle && { idle: true }),
    ...(!isIdle && !wasLost && listeningSince > -Infinity && { listeningSince }),
  };
}
