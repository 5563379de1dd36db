import { worstColumns } from '../../../src/analysis/columns';
import { someOf, usual } from '../../../src/analysis/lanes';
import { scoreHealth } from '../../../src/health/score';
import type { ColumnStretches, Lane, RunStrip } from '../../../src/model/answer';
import { LIFECYCLE_STATES } from '../../../src/model/lifecycle';
import type { LifecycleState } from '../../../src/model/lifecycle';
import { gatherFacts } from './group-facts';
import type { GroupFacts } from './group-facts';
import { expectedOf, healthInputFrom } from './health-sources';
import type { ScoreSources } from './health-sources';
import type { Question } from './question';
import { STATE_NUMBER, SUBSTATE_NUMBER } from './run-row';
import { runStrip } from './view-resources';
import { workerSigns } from './worker-signs';

const LOST = (SUBSTATE_NUMBER.get('lost') ?? NaN) + 1;
/** Runs that get a strip of CPU and memory: the longest ones. */
const MOST_STRIPS = 100;

export interface TimelineSources extends ScoreSources {
  /** Most runs sent one by one. */
  mostRuns: number;
}

/** JSON text of the same answer as `timelineOf` of `analysis/`: runs when few enough, else the worst state per column. */
export function timelineAnswerText(question: Question, sources: TimelineSources): string {
  const { groups, groupBy, total } = question;
  const lanes = JSON.stringify(lanesOf(question, sources));
  const omitted = groups.omitted === undefined ? '' : `,"lanesOmitted":${groups.omitted}`;
  const head = `{"view":"timeline","groupBy":${JSON.stringify(groupBy)},"lanes":${lanes}${omitted},"total":${total}`;
  const inLanes = groups.members.reduce((sum, members) => sum + members, 0);
  if (inLanes > sources.mostRuns) {
    return `${head},"columns":${JSON.stringify(columnsOf(question, inLanes))}}`;
  }
  const places: Array<{ begin: number; id: number; length: number }> = [];
  for (const { segment, rows, group } of question.each()) {
    rows.forEach((i, k) => {
      if (group[k]! >= 0) {
        const begin = segment.begin[i]!;
        places.push({
          begin,
          id: segment.firstId + i,
          length: Math.min(segment.end[i]!, question.buckets.cap) - begin,
        });
      }
    });
  }
  places.sort((a, b) => a.begin - b.begin || a.id - b.id);
  const runs = places.map(({ id }) => question.runText(id)).filter((text) => text !== undefined);
  const found = stripsOf(question, places);
  const strips = found.length === 0 ? '' : `,"strips":${JSON.stringify(found)}`;
  return `${head},"page":{"runs":[${runs.join(',')}],"total":${total},"truncated":false,"skipped":0}${strips}}`;
}

function stripsOf(question: Question, places: ReadonlyArray<{ id: number; length: number }>): RunStrip[] {
  const longest = places.map(({ id, length }, run) => ({ id, length, run })).sort((a, b) => b.length - a.length);
  return longest.slice(0, MOST_STRIPS).flatMap(({ id, run }) => runStrip(question.db, id, run) ?? []);
}

function lanesOf(question: Question, sources: TimelineSources): Lane[] {
  const { spec, baselines, causes } = sources;
  const { groups, groupBy } = question;
  const expectedTasks = new Set(groupBy === 'task' ? spec.expected.map(({ task }) => task) : []);
  const facts = gatherFacts(question, { forHealth: false, causes, isExpected: (group) => expectedTasks.has(group) });
  const baseline = baselines.of(question);
  const workers = workerSigns(question.cache, question.buckets.cap, sources);
  return groups.names.map((name, place) => {
    const own = facts[place]!;
    const durations = usual(baseline.get(name), own.durations);
    const waits = usual(undefined, own.waits);
    const health = scoreHealth(healthInputFrom(question, name, own, spec, baseline.get(name), workers), spec).score;
    const missedAt = expectedOf(question, name, own, spec).expected?.missed ?? [];
    const context = contextOf(question, own);
    const [source] = own.sources;
    return {
      name,
      ...(context !== '' && { context }),
      ...(own.sources.size === 1 && source !== undefined && { source: question.cache.names[source] }),
      counts: countsOf(own),
      ...(own.lostInRange > 0 && { lost: own.lostInRange }),
      ...(health !== undefined && { health }),
      ...told('usualWaitMs', waits?.quantile(0.5)),
      ...told('usualDurationMs', durations?.quantile(0.5)),
      ...told('usualDurationLowMs', durations?.quantile(0.05)),
      ...told('usualDurationHighMs', durations?.quantile(0.95)),
      ...told('lastBeganAt', own.lastBeganAt > -Infinity ? own.lastBeganAt : undefined),
      ...(missedAt.length > 0 && { missedAt }),
    };
  });
}

function told<Key extends keyof Lane>(key: Key, value: number | undefined): Partial<Record<Key, number>> {
  const result: Partial<Record<Key, number>> = {};
  if (value !== undefined) {
    result[key] = value;
  }
  return result;
}

function countsOf(facts: GroupFacts): Partial<Record<LifecycleState, number>> {
  const counts: Partial<Record<LifecycleState, number>> = {};
  for (const state of LIFECYCLE_STATES) {
    const count = facts.counts[STATE_NUMBER[state]]!;
    if (count > 0) {
      counts[state] = count;
    }
  }
  return counts;
}

function contextOf({ groupBy, cache }: Question, facts: GroupFacts): string {
  const namesOf = (numbers: ReadonlySet<number>) => new Set([...numbers].map((number) => cache.names[number] ?? ''));
  return [
    groupBy === 'source' ? '' : someOf(namesOf(facts.sources)),
    groupBy === 'worker' ? '' : someOf(namesOf(facts.workers)),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function columnsOf(question: Question, count: number): ColumnStretches {
  const { buckets, groups } = question;
  const laneStart = new Uint32Array(groups.names.length + 1);
  groups.members.forEach((members, lane) => {
    laneStart[lane + 1] = laneStart[lane]! + members;
  });
  const next = laneStart.slice();
  const runs = {
    begin: new Float64Array(count),
    started: new Float64Array(count),
    end: new Float64Array(count),
    state: new Uint8Array(count),
    lost: new Uint8Array(count),
    retried: new Uint8Array(count),
    laneStart,
  };
  for (const { segment, rows, group } of question.each()) {
    const { begin, started, end, state, substate, retried } = segment;
    for (let k = 0; k < rows.length; k++) {
      const place = group[k]!;
      if (place < 0) {
        continue;
      }
      const i = rows[k]!;
      const at = next[place]!++;
      runs.begin[at] = begin[i]!;
      runs.started[at] = started[i]! === started[i]! || state[i] !== STATE_NUMBER.running ? started[i]! : begin[i]!;
      runs.end[at] = end[i]!;
      runs.state[at] = state[i]!;
      runs.lost[at] = substate[i] === LOST ? 1 : 0;
      runs.retried[at] = retried[i]!;
    }
  }
  return worstColumns(runs, {
    from: buckets.starts[0]!,
    step: buckets.step,
    count: buckets.starts.length,
    now: buckets.cap,
  });
}
