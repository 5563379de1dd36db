import { GOOD_FROM, scoreHealth } from '../health/score';
import type { HealthInput } from '../health/score';
import type { HealthAnswer, HealthScore } from '../model/answer';
import type { EpochMs } from '../model/units';
import type { Causes } from './causes';
import { expectedGroups } from './expected';
import { GroupSums, HealthSums, sumGroups } from './group-sums';
import { historyFrom } from './health-history';
import { explanationOf, healthInputOf, sourcesFor } from './health-input';
import type { HealthSources } from './health-input';
import { byText } from './order';
import type { Question } from './question';
import { withAbsentTasks } from './schedules';

/** Of a group and bucket: two histograms that are empty at first. */
const BUCKET_BYTES = 600;
/** The score of a bucket takes as long as so many steps of other work. */
const HISTORY_STEPS = 1_000;

/** What the score of each group of a question rests on; expected tasks that did not run are among the groups. */
export function healthInputs(
  question: Question,
  sources: HealthSources,
  causes: Causes
): { groups: Array<{ input: HealthInput; sums: HealthSums }>; omitted?: number } {
  question.holdPerBucket(BUCKET_BYTES);
  const { buckets, groups, groupBy, tables } = question;
  const healthSums = () => new HealthSums(buckets, (a, b) => tables.rows.order(a, b));
  const explained = { sums: groups.names.map(healthSums), causes };
  const sums = sumGroups(question, expectedGroups(groupBy, sources.spec), explained);
  const own = sourcesFor(question, sources);
  const { names, omitted } = withAbsentTasks(question, sources.spec);
  return {
    groups: names.map((group, place) => {
      const explaining = explained.sums[place] ?? healthSums();
      const input = healthInputOf(question, group, sums[place] ?? new GroupSums(), own);
      return { input: { ...input, ...explanationOf(question, explaining, causes) }, sums: explaining };
    }),
    ...(omitted !== undefined && { omitted }),
  };
}

/** Scores per group, the worst first, and their history over the range. */
export function healthOf(question: Question, sources: HealthSources, causes: Causes): HealthAnswer {
  const { buckets, groupBy, budget } = question;
  const { spec } = sources;
  const { groups, omitted } = healthInputs(question, sources, causes);
  const scores: HealthScore[] = [];
  const histories = new Map<string, Array<number | null>>();
  for (const { input, sums } of groups) {
    const score = scoreHealth(input, spec);
    const values = historyFrom(input, sums, buckets, sources);
    budget.spend(HISTORY_STEPS * buckets.starts.length);
    const since = inTroubleSince(buckets.starts, values);
    scores.push(since === undefined ? score : { ...score, since });
    histories.set(input.group, values);
  }
  scores.sort((a, b) => (a.score ?? 101) - (b.score ?? 101) || byText(a.group, b.group));
  return {
    view: 'health',
    groupBy,
    step: buckets.step,
    groups: scores,
    buckets: buckets.starts,
    history: scores.map(({ group }) => ({ group, values: histories.get(group) ?? [] })),
    ...(omitted !== undefined && { groupsOmitted: omitted }),
  };
}

/** The beginning of the stretch of low scores that the history ends with. */
export function inTroubleSince(starts: readonly EpochMs[], values: ReadonlyArray<number | null>): EpochMs | undefined {
  let since: EpochMs | undefined;
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i];
    if (value === null || value === undefined) {
      continue;
    }
    if (value >= GOOD_FROM) {
      break;
    }
    since = starts[i];
  }
  return since;
}
