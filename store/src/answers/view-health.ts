import { byText } from '../../../src/analysis/grouping';
import { inTroubleSince } from '../../../src/analysis/health';
import { historyFrom } from '../../../src/analysis/health-history';
import { withAbsentTasks } from '../../../src/analysis/schedules';
import type { HealthInput } from '../../../src/health/score';
import { scoreHealth } from '../../../src/health/score';
import type { HealthAnswer, HealthScore } from '../../../src/model/answer';
import { factsForHealth, gatherFacts } from './group-facts';
import type { GroupFacts } from './group-facts';
import { healthInputFrom } from './health-sources';
import type { ScoreSources } from './health-sources';
import type { Question } from './question';
import { workerSigns } from './worker-signs';

/** The score of a bucket takes as long as so many steps of other work. */
const HISTORY_STEPS = 1_000;

/** What the score of each group of a question rests on; expected tasks that did not run among the groups. */
export function healthInputs(
  question: Question,
  sources: ScoreSources
): { groups: Array<{ input: HealthInput; facts: GroupFacts }>; omitted?: number } {
  const { spec, baselines, causes } = sources;
  const { buckets, groups, groupBy } = question;
  const expectedTasks = new Set(groupBy === 'task' ? spec.expected.map(({ task }) => task) : []);
  const facts = gatherFacts(question, { forHealth: true, causes, isExpected: (group) => expectedTasks.has(group) });
  const baseline = baselines.of(question);
  const workers = workerSigns(question.columns, buckets.cap, sources);
  const { names, omitted } = withAbsentTasks(groups, question.query, groupBy, buckets, spec);
  return {
    groups: names.map((group, place) => {
      const own = facts[place] ?? factsForHealth(buckets);
      return { facts: own, input: healthInputFrom(question, group, own, spec, baseline.get(group), workers, causes) };
    }),
    ...(omitted !== undefined && { omitted }),
  };
}

/** The same answer as `healthOf` of `analysis/`, from columns. */
export function healthAnswer(question: Question, sources: ScoreSources): HealthAnswer {
  const { spec } = sources;
  const { buckets, groupBy } = question;
  const { groups, omitted } = healthInputs(question, sources);
  const scores: HealthScore[] = [];
  const histories = new Map<string, Array<number | null>>();
  for (const { input, facts } of groups) {
    const { group, workers, expected, baseline } = input;
    const score = scoreHealth(input, spec);
    const { tallies, waiting } = facts;
    const values = historyFrom(
      group,
      { tallies, waiting, expected, ...(workers !== undefined && { workers }) },
      buckets,
      { spec, baseline: () => baseline }
    );
    question.budget.spend(HISTORY_STEPS * buckets.starts.length);
    const since = inTroubleSince(buckets.starts, values);
    scores.push(since === undefined ? score : { ...score, since });
    histories.set(group, values);
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
