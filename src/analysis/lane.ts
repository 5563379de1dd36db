import { scoreHealth } from '../health/score';
import type { Quantiles } from '../health/score';
import type { Lane } from '../model/answer';
import type { GroupSums } from './group-sums';
import { healthInputOf } from './health-input';
import type { GroupSources } from './health-input';
import { byText } from './order';
import type { Question } from './question';
import { toldCounts } from './state-counts';

/** Fewer measurements give no idea of what is usual. */
const LEAST_FOR_USUAL = 4;
/** Names in a lane's line of context; the others are counted. */
const MOST_NAMES = 2;

/** What a lane says of its runs beside showing them. */
export function laneOf(question: Question, name: string, sums: GroupSums, own: GroupSources): Lane {
  const input = healthInputOf(question, name, sums, own);
  const durations = usual(own.usual(name), sums.durations);
  const waits = usual(undefined, sums.waits);
  const context = contextOf(question, sums);
  const { sources, lost, lastBeganAt, counts } = sums;
  const [source] = sources;
  const missedAt = input.expected?.missed ?? [];
  return {
    name,
    ...(context !== '' && { context }),
    ...(sources.size === 1 && source !== undefined && { source: question.name(source) }),
    counts: toldCounts(counts),
    ...(lost > 0 && { lost }),
    ...told('health', scoreHealth(input, own.spec).score),
    ...told('usualWaitMs', waits?.quantile(0.5)),
    ...told('usualDurationMs', durations?.quantile(0.5)),
    ...told('usualDurationLowMs', durations?.quantile(0.05)),
    ...told('usualDurationHighMs', durations?.quantile(0.95)),
    ...told('lastBeganAt', lastBeganAt > -Infinity ? lastBeganAt : undefined),
    ...(missedAt.length > 0 && { missedAt: [...missedAt] }),
  };
}

function told<Key extends keyof Lane>(key: Key, value: number | undefined): Partial<Record<Key, number>> {
  const result: Partial<Record<Key, number>> = {};
  if (value !== undefined) {
    result[key] = value;
  }
  return result;
}

/** What is usual: the time before the range where it is known, else the range itself. */
function usual(baseline: Quantiles | undefined, inRange: Quantiles): Quantiles | undefined {
  if (baseline !== undefined && baseline.count >= LEAST_FOR_USUAL) {
    return baseline;
  }
  return inRange.count >= LEAST_FOR_USUAL ? inRange : undefined;
}

/** Names only, no words: sources and workers as they are called, so that it needs no translation. */
function contextOf(question: Question, { sources, workers }: GroupSums): string {
  const { groupBy } = question;
  const namesOf = (numbers: ReadonlySet<number>) => new Set([...numbers].map((number) => question.name(number)));
  return [groupBy === 'source' ? '' : someOf(namesOf(sources)), groupBy === 'worker' ? '' : someOf(namesOf(workers))]
    .filter((part) => part !== '')
    .join(' · ');
}

function someOf(names: ReadonlySet<string>): string {
  const sorted = [...names].sort(byText);
  const more = sorted.length - MOST_NAMES;
  return sorted.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` +${more}` : '');
}
