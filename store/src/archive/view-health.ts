import { byText } from '../../../src/analysis/grouping';
import { inTroubleSince } from '../../../src/analysis/health';
import { historyFrom } from '../../../src/analysis/health-history';
import { scoreHealth } from '../../../src/health/score';
import type { HealthSpec } from '../../../src/health/spec';
import type { HealthAnswer, HealthScore } from '../../../src/model/answer';
import type { Baselines } from './baselines';
import type { Causes } from './causes';
import { gatherFacts } from './group-facts';
import { expectedOf, healthInputFrom, servingWorkers } from './health-sources';
import type { Question } from './question';
import { workerSigns } from './worker-signs';

/** The same answer as `healthOf` of `analysis/`, from columns. */
export function healthAnswer(question: Question, spec: HealthSpec, baselines: Baselines, causes: Causes): HealthAnswer {
  const { buckets, groups, groupBy } = question;
  const expectedTasks = new Set(groupBy === 'task' ? spec.expected.map(({ task }) => task) : []);
  const facts = gatherFacts(question, { forHealth: true, causes, isExpected: (group) => expectedTasks.has(group) });
  const baseline = baselines.of(question);
  const workers = workerSigns(question.cache, buckets.cap, spec);
  const scores: HealthScore[] = [];
  const histories = new Map<string, Array<number | null>>();
  groups.names.forEach((group, place) => {
    const own = facts[place]!;
    const score = scoreHealth(healthInputFrom(question, group, own, spec, baseline.get(group), workers, causes), spec);
    const values = historyFrom(
      group,
      {
        tallies: own.tallies,
        waiting: own.waiting,
        expected: expectedOf(question, group, own, spec).expected,
        ...servingWorkers(question, group, own, workers),
      },
      buckets,
      { spec, baseline: (name) => baseline.get(name) }
    );
    const since = inTroubleSince(buckets.starts, values);
    scores.push(since === undefined ? score : { ...score, since });
    histories.set(group, values);
  });
  scores.sort((a, b) => (a.score ?? 101) - (b.score ?? 101) || byText(a.group, b.group));
  return {
    view: 'health',
    groupBy,
    step: buckets.step,
    groups: scores,
    buckets: buckets.starts,
    history: scores.map(({ group }) => ({ group, values: histories.get(group) ?? [] })),
    ...(groups.omitted !== undefined && { groupsOmitted: groups.omitted }),
  };
}
