import { reportedInstant } from '../../model/instant';
import type { GroupBy } from '../../model/task-query';
import type { TaskRun } from '../../model/task-run';
import type { EpochMs } from '../../model/units';
import type { RunSeries } from '../../prometheus/profile';
import { worldLabels } from '../../prometheus/world-labels';
import { askInstant } from './ask-queries';
import type { FactRow } from './ask-queries';
import type { Asking, FactRequest } from './plan-queries';
import { nameIn } from '../../prometheus/worlds';

const FIELDS: readonly GroupBy[] = ['source', 'queue', 'worker', 'host'];

/**
 * One run per thing that has its instants in series: jobs. Who tells of it, and from which address, does not matter; the
 * world that it lives in does. What was there and is gone without an end is unknown, for nobody saw how it ended.
 */
export async function runsOfSeries(asking: Asking, series: RunSeries): Promise<{ runs: TaskRun[]; notices: string[] }> {
  const { profile } = asking;
  const { id, failed, reason } = series;
  const { owner } = profile;
  const worlds = worldLabels(profile);
  const fact = (name: string, one: FactRequest['series'], reading: FactRequest['reading'], keep: string[] = []) => ({
    fact: name,
    series: one,
    reading,
    keep: [id, ...worlds, ...keep],
  });
  const last = { as: 'last' } as const;
  const found = await askInstant(
    asking,
    [
      fact('created', series.created, last),
      fact('started', series.started, last),
      fact('finished', series.finished, last),
      fact('failed', failed, last),
      fact('failed before', failed, { as: 'last before' }),
      fact('failed at', failed && { ...failed, equals: 1 }, { as: 'first seen' }),
      fact('reason', reason, last, reason && [reason.label]),
      fact('owner', owner, last, owner && [owner.label]),
      fact('there', series.created ?? series.started, { as: 'max' }),
      fact('first seen', series.created ?? series.started, { as: 'first seen' }),
      fact('last seen', series.created ?? series.started, { as: 'last seen' }),
    ],
    FIELDS
  );
  const things = new Map<string, FactRow[]>();
  for (const row of found.rows) {
    const key = [...worlds, id].map((label) => row.labels.get(label) ?? '').join('\n');
    things.set(key, [...(things.get(key) ?? []), row]);
  }
  const runs = [...things.values()].flatMap((rows) => runOf(asking, series, rows) ?? []);
  return { runs, notices: found.notices };
}

function runOf({ profile, worlds, buckets }: Asking, series: RunSeries, rows: readonly FactRow[]): TaskRun | undefined {
  const valueOf = (fact: string) => rows.find((row) => row.fact === fact)?.values.at(-1);
  const instant = (fact: string): EpochMs | undefined => {
    const seconds = valueOf(fact);
    return seconds === undefined ? undefined : reportedInstant(Math.round(seconds * 1000));
  };
  const textOf = (fact: string, label = '') => rows.find((row) => row.fact === fact)?.labels.get(label) ?? '';
  const label = (name: string) => rows[0]?.labels.get(name) ?? '';
  const name = label(series.id);
  const createdAt = instant('created');
  const startedAt = instant('started');
  // What had failed before the range is none of its runs.
  if (name === '' || (createdAt ?? startedAt) === undefined || (valueOf('failed before') ?? 0) > 0) {
    return undefined;
  }
  const world = worlds.labels.map(label);
  const labels = Object.fromEntries(
    worldLabels(profile).flatMap((one) => (label(one) === '' ? [] : [[one, label(one)] as const]))
  );
  const [source = '', queue = '', worker = '', host = ''] = rows[0]?.group ?? [];
  const hasFailed = (valueOf('failed') ?? 0) > 0;
  const reason = hasFailed ? textOf('reason', series.reason?.label) : '';
  return {
    source: source || profile.id,
    // With all that it lives in, so that the id stays when another world comes.
    runId: nameIn(worldLabels(profile).map(label), name),
    attempt: 1,
    ...endOf({
      cap: buckets.cap,
      isThere: valueOf('there') !== undefined,
      hasFailed,
      createdAt,
      startedAt,
      finishedAt: instant('finished'),
      failedAt: instant('failed at'),
      firstSeenAt: instant('first seen'),
      lastSeenAt: instant('last seen'),
    }),
    ...(reason === '' ? {} : { nativeState: reason, error: { type: reason } }),
    task: nameIn(world, textOf('owner', profile.owner?.label) || name),
    kind: series.kind,
    ...Object.fromEntries(Object.entries({ queue, worker, host }).filter(([, text]) => text !== '')),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

interface Sight {
  cap: EpochMs;
  /** Whether Prometheus still has it at `cap`. */
  isThere: boolean;
  hasFailed: boolean;
  createdAt: EpochMs | undefined;
  startedAt: EpochMs | undefined;
  /** Of one that completed. */
  finishedAt: EpochMs | undefined;
  /** When it was first seen to have failed. */
  failedAt: EpochMs | undefined;
  firstSeenAt: EpochMs | undefined;
  lastSeenAt: EpochMs | undefined;
}

/** A scrape sees an end so late at most; a first look at what began longer ago says nothing of when it ended. */
const LATE_MS = 5 * 60_000;

/** What became of a run, by what was seen of it when. */
function endOf(seen: Sight): Pick<TaskRun, 'state' | 'finishedAt' | 'observedAt' | 'evidence'> {
  const { cap, createdAt, startedAt, finishedAt, firstSeenAt } = seen;
  const observedAt = seen.isThere ? cap : Math.max(seen.lastSeenAt ?? 0, startedAt ?? 0, createdAt ?? 0);
  if (seen.hasFailed) {
    const failedAt = seen.failedAt ?? observedAt;
    const sawItFail = firstSeenAt === undefined || firstSeenAt < failedAt || failedAt - (startedAt ?? 0) < LATE_MS;
    return sawItFail
      ? { state: 'failed', finishedAt: failedAt, observedAt: Math.max(observedAt, failedAt) }
      : {
          state: 'failed',
          observedAt: failedAt,
          evidence: `had failed when it was first seen, at ${iso(failedAt)}: when, nobody told`,
        };
  }
  if (finishedAt !== undefined) {
    return { state: 'completed', finishedAt, observedAt };
  }
  if (!seen.isThere) {
    return {
      state: 'unknown',
      observedAt,
      evidence: `no series since ${iso(observedAt)}: it was deleted, or nobody scrapes`,
    };
  }
  return { state: startedAt === undefined ? 'pending' : 'running', observedAt };
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}
