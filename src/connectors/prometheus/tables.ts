import type { Noticed, Queue, QueuesAnswer, Worker, WorkersAnswer } from '../../model/answer';
import { reportedInstant } from '../../model/instant';
import type { EpochMs } from '../../model/units';
import type { Profile } from '../../prometheus/profile';
import { listSeries, placeOf } from '../../prometheus/select-series';
import { amongWorkers, askInstant } from './ask-queries';
import type { FactRow, FactRows } from './ask-queries';
import { countOf, oldestOf, oldestPending, sum } from './counts';
import type { Asking, FactRequest } from './plan-queries';
import { notReported } from './plan-queries';
import { resourceFacts } from './resources';

/** Rows beyond these are cut, and the answer says so. */
const MOST_ROWS = 500;

/** Workers as they are at the end of the range, and what they did in it. */
export async function askWorkers(asking: Asking, limit = MOST_ROWS): Promise<WorkersAnswer & Noticed> {
  const { profile, buckets } = asking;
  const facts: FactRequest[] = [
    { fact: 'up', series: profile.workers, reading: { as: 'max' } },
    { fact: 'lastSeen', series: profile.timestamps.workerSeen, reading: { as: 'max' } },
    { fact: 'running', series: profile.gauges.running, reading: { as: 'level' }, state: 'running' },
    { fact: 'slots', series: profile.gauges.slots, reading: { as: 'level' } },
    countOf(profile, 'completed', 'completed'),
    countOf(profile, 'failed', 'failed'),
    countOf(profile, 'lost', 'failed'),
    ...resourceFacts(asking),
    { fact: 'signs', series: profile.signsOfLife, reading: { as: 'grew lately' } },
  ];
  const found = await askInstant(amongWorkers(asking), toldBy(asking, facts, 'worker'), ['source', 'worker']);
  const workers = namedRows(found).map(([source, name, rows]): Worker => {
    const value = (fact: string) => valueOf(rows, fact);
    const count = countIn(found, rows);
    const up = value('up');
    const lastSeenAt = reportedInstant((value('lastSeen') ?? NaN) * 1000);
    const running = value('running') ?? 0;
    const slots = value('slots');
    const alive =
      up === undefined
        ? aliveBy(lastSeenAt, buckets.cap, profile, value('lost') ?? 0)
        : aliveSaid(up, value('signs'), profile);
    const cpuCores = value('CPU');
    const rssBytes = value('memory');
    return {
      source,
      name,
      ...count('running'),
      // Pools of threads have no processes that could be counted: 0, while they run tasks.
      ...(slots === undefined || slots < Math.min(1, running) ? {} : { slots }),
      ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
      ...alive,
      ...count('completed'),
      ...count('failed'),
      ...count('lost'),
      ...(cpuCores === undefined ? {} : { cpuCores }),
      ...(rssBytes === undefined ? {} : { rssBytes }),
    };
  });
  const notices = [...found.notices, ...undeadIn(profile, workers)];
  const isDead = ({ alive }: Worker) => Number(alive === false);
  workers.sort(
    (a, b) => isDead(b) - isDead(a) || most(b.lost, a.lost) || most(b.running, a.running) || byText(a.name, b.name)
  );
  return {
    view: 'workers',
    workers: workers.slice(0, limit),
    truncated: workers.length > limit,
    ...(notices.length === 0 ? {} : { notices }),
  };
}

/** Queues as they are at the end of the range, and what was taken from them in it. */
export async function askQueues(asking: Asking, limit = MOST_ROWS): Promise<QueuesAnswer & Noticed> {
  const { profile, buckets } = asking;
  const facts: FactRequest[] = [
    { fact: 'pending', series: profile.gauges.pending, reading: { as: 'level' }, state: 'pending' },
    { fact: 'running', series: profile.gauges.running, reading: { as: 'level' }, state: 'running' },
    countOf(profile, 'completed', 'completed'),
    countOf(profile, 'failed', 'failed'),
    oldestPending(profile),
    { fact: 'wait', series: profile.histograms.wait, reading: { as: 'quantile', of: 0.95, forms: 'classic' } },
  ];
  const found = await askInstant(asking, toldBy(asking, facts, 'queue'), ['source', 'queue']);
  const queues = namedRows(found).map(([source, name, rows]): Queue => {
    const wait = valueOf(rows, 'wait');
    const count = countIn(found, rows);
    return {
      source,
      name,
      ...count('pending'),
      ...count('running'),
      ...oldestOf(profile, buckets, rows),
      ...(wait === undefined ? {} : { waitP95Ms: wait * 1000 }),
      ...count('completed'),
      ...count('failed'),
    };
  });
  queues.sort((a, b) => most(b.pending, a.pending) || most(b.running, a.running) || byText(a.name, b.name));
  return {
    view: 'queues',
    queues: queues.slice(0, limit),
    truncated: queues.length > limit,
    ...(found.notices.length === 0 ? {} : { notices: found.notices }),
  };
}

/** A worker of which only the last sign is known lives while that sign is younger than this. */
const SILENT_AFTER_MS = 5 * 60_000;

function aliveBy(
  lastSeenAt: EpochMs | undefined,
  cap: EpochMs,
  { idleWorkersAreQuiet }: Profile,
  lost: number
): { alive?: boolean } {
  if (lastSeenAt === undefined) {
    return {};
  }
  const alive = cap - lastSeenAt < SILENT_AFTER_MS;
  return alive || idleWorkersAreQuiet !== true || lost > 0 ? { alive } : {};
}

/** What an exporter says of a worker; where it calls the dead alive, only work is a sign of life. */
function aliveSaid(up: number, signs: number | undefined, { signsOfLife }: Profile): { alive?: boolean } {
  return up < 1 ? { alive: false } : signsOfLife === undefined || (signs ?? 0) > 0 ? { alive: true } : {};
}

function undeadIn({ name, signsOfLife }: Profile, workers: readonly Worker[]): string[] {
  const silent = workers.filter(({ alive }) => alive === undefined).length;
  return signsOfLife === undefined || silent === 0
    ? []
    : [
        `${name} keeps a worker that was killed as it was. Of ${silent} that did nothing for 5 min it is not known whether they live; ` +
          `what they ran and had fetched still counts. ${signsOfLife.forgets} makes it forget the dead.`,
      ];
}

/** The facts that the exporter tells by this field, each with only the series that do. */
function toldBy({ profile }: Asking, facts: readonly FactRequest[], field: 'worker' | 'queue'): FactRequest[] {
  const told = facts.map((fact) => {
    const kept = listSeries(fact.series).filter((one) => 'label' in placeOf(profile, one, field));
    return { ...fact, series: kept.length === 0 ? undefined : kept };
  });
  if (told.every(({ series }) => series === undefined)) {
    throw notReported(profile, `${field}s`);
  }
  return told;
}

/** Rows of the same source and name. Rows without a name are of nobody in particular. */
function namedRows({ rows }: FactRows): Array<[source: string, name: string, rows: FactRow[]]> {
  const named = new Map<string, [string, string, FactRow[]]>();
  for (const row of rows) {
    const [source = '', name = ''] = row.group;
    const key = `${source}\n${name}`;
    const entry = named.get(key) ?? [source, name, []];
    entry[2].push(row);
    if (name !== '') {
      named.set(key, entry);
    }
  }
  return [...named.values()];
}

function valueOf(rows: readonly FactRow[], fact: string): number | undefined {
  const values = rows.filter((row) => row.fact === fact).map((row) => row.values.at(-1) ?? null);
  return values.length === 0 ? undefined : sum(values);
}

/**
 * Reads whole numbers of a row. What the exporter tells of others, but not of this one, has not happened there: 0. What it
 * tells of none is absent.
 */
function countIn({ asked }: FactRows, rows: readonly FactRow[]) {
  return <F extends string>(fact: F): Partial<Record<F, number>> =>
    asked.has(fact) ? ({ [fact]: Math.round(valueOf(rows, fact) ?? 0) } as Record<F, number>) : {};
}

function most(b = 0, a = 0): number {
  return b - a;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
