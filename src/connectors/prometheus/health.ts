import { DEDUCTION_REASONS } from '../../model/answer';
import type { Deduction, DeductionReason, HealthAnswer, HealthScore, Noticed } from '../../model/answer';
import { ConnectorError } from '../../model/connector-error';
import type { GroupBy, Match } from '../../model/task-query';
import { CUSTOM_PROFILE } from '../../prometheus/profile';
import type { Profile, Series } from '../../prometheus/profile';
import { PROMETHEUS } from '../../prometheus/profile';
import { RUNLANE_STORE } from '../../prometheus/profiles/runlane-store';
import { askRange } from './ask-queries';
import type { FactRow } from './ask-queries';
import { columnOf } from './buckets';
import type { Buckets } from './buckets';
import { countOf, cutOf, groupsOf, sum, sumColumns } from './counts';
import { groupingOf } from './grouping';
import type { Asking, FactRequest } from './plan-queries';

const RECORDED = { source: 'source', task: 'task' };
/** What the recording rules give, for every exporter that has enough. */
const SCORE: Series = { metric: 'runlane:health_score', labels: RECORDED };
const DEDUCTION: Series = { metric: 'runlane:health_deduction', labels: RECORDED };
/** The file that makes Prometheus record them for the task store. */
const RULES = 'provisioning/prometheus/rules/runlane-health.yaml';

/** Below this a group has lost health worth a date. */
const HEALTHY_FROM = 90;

/**
 * Score and history as the recording rules keep them, else as the exporter itself gives them. Prometheus knows the
 * points of a deduction, not what was found; a reason of which nothing is recorded was not checked. Rules may record the
 * scores of several exporters: those of this one's sources are asked for.
 *
 * @throws ConnectorError naming the rule file when nobody records a score.
 */
export async function askHealth(given: Asking, wanted: GroupBy, limit: number): Promise<HealthAnswer & Noticed> {
  const { profile, buckets } = given;
  const { score, deduction } = seriesOf(given);
  const asking = score === SCORE ? await amongOwn(given) : given;
  const facts: FactRequest[] = [
    { fact: 'score', series: score, reading: { as: 'average' } },
    { fact: 'deduction', series: deduction, reading: { as: 'average' }, keep: ['reason'] },
    countOf(profile, 'completed', 'completed'),
    countOf(profile, 'failed', 'failed'),
  ];
  const { groupBy, notices } = groupingOf(profile, wanted, facts.slice(0, 1));
  const found = await askRange(asking, facts, [groupBy], limit);
  const scored = groupsOf({ rows: found.rows.filter(({ fact }) => fact === 'score') }, limit);
  // That nothing ran would be false then.
  if (scored.groups.length === 0 && found.rows.some(({ values }) => sum(values) > 0)) {
    throw notReported(
      `No health score of this is recorded: too few runs for one, or none of ${profile.name} is.`,
      profile
    );
  }
  const byGroup = new Map(groupsOf(found, Infinity).groups);
  const groups: HealthScore[] = [];
  const history: HealthAnswer['history'] = [];
  for (const [group] of scored.groups) {
    const rows = byGroup.get(group) ?? [];
    const values = sumColumns(buckets, rows, 'score') ?? [];
    groups.push(scoreOf(buckets, group, rows, values));
    history.push({ group, values });
  }
  groups.sort((a, b) => (a.score ?? 101) - (b.score ?? 101));
  return {
    view: 'health',
    groupBy,
    step: buckets.step,
    groups,
    buckets: buckets.starts,
    history,
    ...cutOf(found, scored.omitted, notices),
  };
}

async function amongOwn(asking: Asking): Promise<Asking> {
  const { filter } = asking;
  const sources = await asking.ownSources();
  const matches: Match[] = sources === undefined ? [] : [{ field: 'source', operator: '=', values: sources }];
  return { ...asking, filter: { ...filter, matches: [...filter.matches, ...matches] } };
}

function scoreOf(
  buckets: Buckets,
  group: string,
  rows: readonly FactRow[],
  values: ReadonlyArray<number | null>
): HealthScore {
  const live = buckets.starts.filter((start) => start < buckets.cap).length;
  const score = values[live - 1] ?? undefined;
  const deductions: Deduction[] = [];
  const checked = new Set<DeductionReason>();
  for (const row of rows) {
    const reason = DEDUCTION_REASONS.find((one) => one === row.labels.get('reason'));
    const points = columnOf(buckets, row)[live - 1];
    if (row.fact === 'deduction' && reason !== undefined && points !== undefined && points !== null) {
      checked.add(reason);
      if (points > 0) {
        deductions.push({ reason, points, runKeys: [] });
      }
    }
  }
  const failed = Math.round(sum(sumColumns(buckets, rows, 'failed')));
  const unchecked = DEDUCTION_REASONS.filter((reason) => !checked.has(reason));
  return {
    group,
    ...(score === undefined ? {} : { score }),
    notEnoughData: score === undefined,
    runs: Math.round(sum(sumColumns(buckets, rows, 'completed'))) + failed,
    failed,
    deductions: deductions.sort((a, b) => b.points - a.points),
    fine: DEDUCTION_REASONS.filter((reason) => checked.has(reason) && !deductions.some((one) => one.reason === reason)),
    unchecked,
    ...sinceOf(buckets, values.slice(0, live)),
  };
}

/** Since when the score has been below 90 without a break, where the history shows the fall. */
function sinceOf(buckets: Buckets, values: ReadonlyArray<number | null>): { since?: number } {
  let first = values.length;
  while (first > 0 && (values[first - 1] ?? HEALTHY_FROM) < HEALTHY_FROM) {
    first--;
  }
  const since = buckets.starts[first];
  return first === 0 || first === values.length || since === undefined ? {} : { since };
}

function seriesOf({ profile, names }: Asking): { score: Series; deduction: Series } {
  if (profile.id === CUSTOM_PROFILE && profile.health !== undefined) {
    return profile.health;
  }
  if (names.has(SCORE.metric)) {
    return { score: SCORE, deduction: DEDUCTION };
  }
  if (profile.health !== undefined && names.has(profile.health.score.metric)) {
    return profile.health;
  }
  throw notReported(
    `No health score of ${profile.name} is recorded: Prometheus does not know ${SCORE.metric}.`,
    profile
  );
}

function notReported(why: string, { id }: Profile): ConnectorError {
  const rules =
    id === RUNLANE_STORE.id
      ? `the recording rules of ${RULES}`
      : id === CUSTOM_PROFILE
        ? `rules that record ${SCORE.metric} by source and task`
        : `the recording rules that "npm run alerting -- ${id}" prints`;
  const remedy = `Load ${rules} into Prometheus (rule_files), or read the task store instead.`;
  return new ConnectorError('not-reported', PROMETHEUS, `${why} ${remedy}`);
}
