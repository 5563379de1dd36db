import type { Noticed, StatesAnswer, StateTotals, ThroughputAnswer } from '../../model/answer';
import { reportedInstant } from '../../model/instant';
import { LIFECYCLE_STATES } from '../../model/lifecycle';
import type { LifecycleState } from '../../model/lifecycle';
import type { GroupBy } from '../../model/task-query';
import type { CounterFact, Profile } from '../../prometheus/profile';
import { askRange } from './ask-queries';
import type { FactRow, FactRows } from './ask-queries';
import { columnOf } from './buckets';
import type { Buckets } from './buckets';
import { settleCorrections } from './corrections';
import { groupingOf } from './grouping';
import type { Asking, FactRequest } from './plan-queries';

const ENDS = ['completed', 'failed', 'cancelled'] as const;
const LEVELS = ['pending', 'running'] as const;
const WHATS = ['created', 'started', ...ENDS] as const;

/** Pending and running at the end of each bucket, ends in it, and the totals of the range. */
export async function askStates(asking: Asking, wanted: GroupBy, limit: number): Promise<StatesAnswer & Noticed> {
  const { profile, buckets } = asking;
  const facts: FactRequest[] = [
    ...ENDS.map((fact) => countOf(profile, fact, fact)),
    ...LEVELS.map((fact): FactRequest => ({
      fact,
      series: profile.gauges[fact],
      reading: { as: 'level' },
      state: fact,
    })),
    profile.reasonLabel === undefined
      ? countOf(profile, 'lost', 'failed')
      : { ...countOf(profile, 'abnormal', 'failed'), keep: [profile.reasonLabel] },
    oldestPending(profile),
  ].filter(({ series }) => series !== undefined);
  const { groupBy, notices } = groupingOf(profile, wanted, facts);
  const found = await askRange(asking, facts, [groupBy], limit);
  const groups = groupsOf(found, limit);
  const series: StatesAnswer['series'] = [];
  const totals: StateTotals[] = [];
  for (const [group, rows] of groups.groups) {
    const counts: StateTotals['counts'] = {};
    for (const state of LIFECYCLE_STATES) {
      const isLevel = state === 'pending' || state === 'running';
      const column = sumColumns(buckets, rows, state);
      const values = column === undefined || isLevel ? column : settleCorrections(column);
      const total = isLevel ? lastOf(buckets, values) : Math.round(sum(values));
      if (values !== undefined && (isLevel || total !== 0)) {
        series.push({ group, state, values });
      }
      if (total !== undefined && total !== 0) {
        counts[state] = total;
      }
    }
    totals.push({
      group,
      counts,
      abnormal: abnormalOf(profile, buckets, rows),
      ...oldestOf(profile, buckets, rows),
    });
  }
  return {
    view: 'states',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series,
    totals,
    ...cutOf(found, groups.omitted, notices),
  };
}

/** Beginnings and ends per bucket. A series without any is left out, as in the task store's answer. */
export async function askThroughput(
  asking: Asking,
  wanted: GroupBy,
  limit: number
): Promise<ThroughputAnswer & Noticed> {
  const { profile, buckets } = asking;
  const facts = WHATS.map((fact) =>
    countOf(profile, fact, fact === 'created' ? 'pending' : fact === 'started' ? 'running' : fact)
  ).filter(({ series }) => series !== undefined);
  const { groupBy, notices } = groupingOf(profile, wanted, facts);
  const found = await askRange(asking, facts, [groupBy], limit);
  const groups = groupsOf(found, limit);
  const series: ThroughputAnswer['series'] = [];
  for (const [group, rows] of groups.groups) {
    for (const what of WHATS) {
      const column = sumColumns(buckets, rows, what);
      const values = column === undefined ? undefined : settleCorrections(column);
      if (values !== undefined && sum(values) !== 0) {
        series.push({ group, what, values });
      }
    }
  }
  return {
    view: 'throughput',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series,
    ...cutOf(found, groups.omitted, notices),
  };
}

/** A counter of the profile, as runs per bucket. */
export function countOf(profile: Profile, fact: CounterFact, state: LifecycleState): FactRequest {
  return { fact, series: profile.counters[fact], reading: { as: 'count' }, state };
}

export function oldestPending(profile: Profile): FactRequest {
  const series = profile.timestamps.oldestPending;
  // Of ages the largest is the oldest, of instants the smallest.
  const reading = { as: series?.some(({ age }) => age === true) === true ? ('max' as const) : ('min' as const) };
  return { fact: 'oldestPending', series, reading, state: 'pending' };
}

/** Since when the oldest waits, of the newest value of each row. */
export function oldestOf(profile: Profile, { cap }: Buckets, rows: readonly FactRow[]): { oldestPendingAt?: number } {
  const isAge = profile.timestamps.oldestPending?.some(({ age }) => age === true) === true;
  const instants = rows
    .filter(({ fact, at }) => fact === 'oldestPending' && (at.at(-1) ?? 0) >= cap)
    .flatMap(({ values }) => values.at(-1) ?? [])
    .flatMap((value) => (isAge ? (value > 0 ? cap - value * 1000 : []) : (reportedInstant(value * 1000) ?? [])));
  return instants.length === 0 ? {} : { oldestPendingAt: Math.min(...instants) };
}

/** Rows by group, those with most first and what has no name last; more than `limit` are cut off. */
export function groupsOf(
  { rows }: Pick<FactRows, 'rows'>,
  limit: number
): { groups: Array<[group: string, rows: FactRow[]]>; omitted: number } {
  const groups = new Map<string, { rows: FactRow[]; much: number }>();
  for (const row of rows) {
    const name = row.group[0] ?? '';
    const group = groups.get(name) ?? { rows: [], much: 0 };
    group.rows.push(row);
    group.much += row.fact === 'oldestPending' ? 0 : sum(row.values);
    groups.set(name, group);
  }
  const sorted = [...groups].sort(
    ([a, one], [b, other]) => Number(a === '') - Number(b === '') || other.much - one.much || (a < b ? -1 : 1)
  );
  return {
    groups: sorted.slice(0, limit).map(([name, group]) => [name, group.rows]),
    omitted: Math.max(0, sorted.length - limit),
  };
}

/** The rows of one fact, added up bucket by bucket; `undefined` when there is none. */
export function sumColumns(buckets: Buckets, rows: readonly FactRow[], fact: string): Array<number | null> | undefined {
  const columns = rows.filter((row) => row.fact === fact).map((row) => columnOf(buckets, row));
  return columns.length === 0
    ? undefined
    : buckets.starts.map((_, i) => {
        const told = columns.flatMap((column) => column[i] ?? []);
        return told.length === 0 ? null : told.reduce((a, b) => a + b, 0);
      });
}

/** What was cut and what must be said, as the end of an answer. */
export function cutOf(
  found: FactRows,
  omitted: number,
  notices: readonly string[] = []
): { groupsOmitted?: number; notices?: string[] } {
  const groupsOmitted = omitted + (found.groupsOmitted ?? 0);
  const said = [...found.notices, ...notices];
  return { ...(groupsOmitted > 0 ? { groupsOmitted } : {}), ...(said.length > 0 ? { notices: said } : {}) };
}

function abnormalOf(profile: Profile, buckets: Buckets, rows: readonly FactRow[]): Record<string, number> {
  const abnormal = new Map<string, number>();
  for (const row of rows) {
    const isReason = row.fact === 'abnormal' || row.fact === 'lost';
    const reason = row.fact === 'lost' ? 'lost' : (row.labels.get(profile.reasonLabel ?? '') ?? '');
    const count = isReason ? Math.round(sum(columnOf(buckets, row))) : 0;
    if (count > 0) {
      abnormal.set(reason, (abnormal.get(reason) ?? 0) + count);
    }
  }
  return Object.fromEntries([...abnormal].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What holds in the last bucket that has begun; `undefined` where it says nothing. */
export function lastOf({ starts, cap }: Buckets, values: ReadonlyArray<number | null> | undefined): number | undefined {
  const live = starts.filter((start) => start < cap).length;
  return values?.[live - 1] ?? undefined;
}

export function sum(values: ReadonlyArray<number | null> | undefined): number {
  return (values ?? []).reduce<number>((total, value) => total + (value ?? 0), 0);
}
