import type { KnownWorker } from '../../../src/analysis/health-input';
import { endedAt, liveStateAt } from '../../../src/model/lifetime';
import { beganAt } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import type { ScannedRun } from '../archive/engine';
import type { Judging } from '../metrics/metrics-source';
import { noEvidence, rememberedFrom, signOf } from './worker-signs';
import type { Evidence } from './worker-signs';

/** `workerSigns`, of runs one by one: those of all tasks, as far back as workers are remembered. */
export function signsOfRuns(runs: Iterable<ScannedRun>, at: EpochMs, { spec, listeningSince }: Judging): KnownWorker[] {
  const from = rememberedFrom(spec, at);
  const found = new Map<string, { worker: { source: string; name: string }; evidence: Evidence }>();
  for (const { record, beats } of runs) {
    const { run } = record;
    const { source, worker: name, observedAt } = run;
    const isLost = run.substate === 'lost';
    const tellsOfLoss = isLost && observedAt >= Math.max(from, listeningSince);
    if (!beats || name === undefined || !(beganAt(run) < at) || ((endedAt(run) ?? Infinity) < from && !tellsOfLoss)) {
      continue;
    }
    const key = `${source}\n${name}`;
    const { evidence } = found.get(key) ?? { evidence: noEvidence() };
    found.set(key, { worker: { source, name }, evidence });
    if (isLost) {
      evidence.lostAt = Math.max(evidence.lostAt, run.finishedAt ?? observedAt);
      evidence.concludedAt = Math.max(evidence.concludedAt, observedAt);
    } else {
      evidence.heardAt = Math.max(evidence.heardAt, observedAt);
      evidence.isBusy ||= liveStateAt(run, at) === 'running';
    }
  }
  return [...found.values()].map(({ worker, evidence }) => signOf(worker, evidence, at, listeningSince));
}
