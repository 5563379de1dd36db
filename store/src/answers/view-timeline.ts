import { worstColumns } from '../../../src/analysis/columns';
import { crowdedLanes } from '../../../src/analysis/crowded';
import { someOf, usual } from '../../../src/analysis/lanes';
import { MOST_STRIPS, stripOf } from '../../../src/analysis/samples';
import { scoreHealth } from '../../../src/health/score';
import type { ColumnStretches, Lane, RunCounts, RunStrip } from '../../../src/model/answer';
import { LIFECYCLE_STATES } from '../../../src/model/lifecycle';
import type { LifecycleState } from '../../../src/model/lifecycle';
import { gatherFacts, GroupFacts } from './group-facts';
import { expectedOf, healthInputFrom } from './health-sources';
import type { ScoreSources } from './health-sources';
import type { Question } from './question';
import { STATE_NUMBER, SUBSTATE_NUMBER } from '../archive/word-numbers';
import { liveStateAt } from './view-states';
import { workerSigns } from './worker-signs';

const LOST = (SUBSTATE_NUMBER.get('lost') ?? NaN) + 1;

export interface TimelineSources extends ScoreSources {
  /** Most runs sent one by one; where there are more, the fullest lanes are sent as columns. */
  mostRuns: number;
}

/** JSON text of the same answer as `timelineOf` of `analysis/`: runs one by one, or columns in lanes that are too full. */
export function timelineAnswerText(question: Question, sources: TimelineSources): string {
  const { groups, groupBy, total } = question;
  const merged = crowdedLanes(groups.members, sources.mostRuns);
  const lanes = lanesOf(question, sources).map((lane, place) => ({ ...lane, ...(merged[place] && { merged: true }) }));
  const inColumns = groups.members.reduce((sum, members, place) => sum + (merged[place] ? members : 0), 0);
  const head = {
    view: 'timeline',
    groupBy,
    lanes,
    ...allCounts(question, lanes),
    ...(groups.omitted !== undefined && { lanesOmitted: groups.omitted }),
    total,
    ...(inColumns > 0 && { columns: columnsOf(question, merged) }),
  };
  if (lanes.length > 0 && merged.every(Boolean)) {
    return JSON.stringify(head);
  }
  const places: Array<{ begin: number; id: number; length: number }> = [];
  for (const { segment, rows, group } of question.each()) {
    rows.forEach((i, k) => {
      if (group[k]! >= 0 && !merged[group[k]!]) {
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
  const page = `{"runs":[${runs.join(',')}],"total":${total - inColumns},"truncated":false,"skipped":0}`;
  return `${JSON.stringify(head).slice(0, -1)},"page":${page}${strips}}`;
}

/** The lanes' counts together, and what the lanes left out hold. */
function allCounts(question: Question, lanes: readonly Lane[]): RunCounts {
  const sum = question.groups.omitted === undefined ? new GroupFacts() : omittedFacts(question);
  for (const { counts, lost } of lanes) {
    for (const state of LIFECYCLE_STATES) {
      sum.counts[STATE_NUMBER[state]]! += counts[state] ?? 0;
    }
    sum.lost += lost ?? 0;
  }
  return { counts: countsOf(sum), ...(sum.lost > 0 && { lost: sum.lost }) };
}

/** Counts of the runs of lanes that the limit left out, by the rule of `gatherFacts`. */
function omittedFacts(question: Question): GroupFacts {
  const { cap, range } = question.buckets;
  const facts = new GroupFacts();
  for (const { segment, rows, group } of question.each()) {
    const { end, state, substate, retried } = segment;
    rows.forEach((i, k) => {
      if (group[k]! >= 0) {
        return;
      }
      const now = liveStateAt(segment, i, cap);
      if (now >= 0) {
        facts.counts[now]!++;
      } else if (end[i]! >= range.from && end[i]! < cap && retried[i] === 0) {
        facts.counts[state[i]!]!++;
        facts.lost += Number(state[i] === STATE_NUMBER.failed && substate[i] === LOST);
      }
    });
  }
  return facts;
}

function stripsOf(question: Question, places: ReadonlyArray<{ id: number; length: number }>): RunStrip[] {
  const longest = places.map(({ id, length }, run) => ({ id, length, run })).sort((a, b) => b.length - a.length);
  return longest
    .slice(0, MOST_STRIPS)
    .flatMap(({ id, run }) => stripOf(question.columns.rows.samplesOf(id), run) ?? []);
}

function lanesOf(question: Question, sources: TimelineSources): Lane[] {
  const { spec, baselines, causes } = sources;
  const { groups, groupBy } = question;
  const expectedTasks = new Set(groupBy === 'task' ? spec.expected.map(({ task }) => task) : []);
  const facts = gatherFacts(question, { forHealth: false, causes, isExpected: (group) => expectedTasks.has(group) });
  const baseline = baselines.of(question);
  const workers = workerSigns(question.columns, question.buckets.cap, sources);
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
      ...(own.sources.size === 1 && source !== undefined && { source: question.columns.names[source] }),
      counts: countsOf(own),
      ...(own.lost > 0 && { lost: own.lost }),
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

function contextOf({ groupBy, columns }: Question, facts: GroupFacts): string {
  const namesOf = (numbers: ReadonlySet<number>) => new Set([...numbers].map((number) => columns.names[number] ?? ''));
  return [
    groupBy === 'source' ? '' : someOf(namesOf(facts.sources)),
    groupBy === 'worker' ? '' : someOf(namesOf(facts.workers)),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** Columns of the merged lanes; the others have none. */
function columnsOf(question: Question, merged: readonly boolean[]): ColumnStretches {
  const { buckets, groups } = question;
  const laneStart = new Uint32Array(groups.names.length + 1);
  groups.members.forEach((members, lane) => {
    laneStart[lane + 1] = laneStart[lane]! + (merged[lane] ? members : 0);
  });
  const count = laneStart[groups.names.length]!;
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
      if (place < 0 || !merged[place]) {
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
