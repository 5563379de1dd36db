import type { Lane, RunCounts, RunPage, RunStrip, TimelineAnswer } from '../model/answer';
import { liveStateAt, LOST } from '../model/row-life';
import { idOf } from '../model/run-table';
import { STATE_NUMBER } from '../model/word-numbers';
import { crowdedLanes } from './crowded';
import { expectedGroups } from './expected';
import { GroupSums, sumGroups } from './group-sums';
import { sourcesFor } from './health-input';
import type { HealthSources } from './health-input';
import { laneOf } from './lane';
import { columnsOf } from './merged-lanes';
import type { Question } from './question';
import { byBegin } from './run-lists';
import { MOST_STRIPS, stripOf } from './samples';
import { toldCounts } from './state-counts';

/** Lanes of a timeline; its limit is one of runs. */
export const MOST_LANES = 500;
const BUCKET_BYTES = 32;

/** A page of runs by their ids: who holds the runs puts them in. */
export type PageOfIds = Omit<RunPage, 'runs'> & { ids: readonly number[] };

/** The answer, but for the runs of its page. */
export type Timeline = Omit<TimelineAnswer, 'page'> & { page?: PageOfIds };

/** What of the runs is not there: cut by their source, or not to be read. */
export interface Cut {
  truncated: boolean;
  skipped: number;
  /** How many there are in all, where the source can tell. */
  total?: number;
}

export const NOTHING_CUT: Cut = { truncated: false, skipped: 0 };

/**
 * Lanes with their runs: one by one, or as columns in lanes that are too full.
 *
 * @param mostRuns sent one by one; where there are more, the fullest lanes are sent as columns
 */
export function timelineOf(question: Question, mostRuns: number, sources: HealthSources, cut = NOTHING_CUT): Timeline {
  question.holdPerBucket(BUCKET_BYTES);
  const { groups, groupBy } = question;
  const merged = crowdedLanes(groups.members, mostRuns);
  const own = sourcesFor(question, sources);
  const all = sumGroups(question, expectedGroups(groupBy, sources.spec));
  const lanes = groups.names.map((name, place): Lane => ({
    ...laneOf(question, name, all[place]!, own),
    ...(merged[place] === true && { merged: true }),
  }));
  const inColumns = groups.members.reduce((sum, members, place) => sum + (merged[place] === true ? members : 0), 0);
  const total = cut.total ?? question.total;
  // Also without runs a page says what the source cut or could not read.
  const hasPage = lanes.length === 0 || !merged.every(Boolean) || cut.truncated || cut.skipped > 0;
  const runs = hasPage ? singleRuns(question, merged) : [];
  const strips = stripsOf(question, runs);
  const { truncated, skipped } = cut;
  return {
    view: 'timeline',
    groupBy,
    lanes,
    ...allCounts(question, all),
    ...(hasPage && { page: { ids: runs.map(({ id }) => id), total: total - inColumns, truncated, skipped } }),
    ...(inColumns > 0 && { columns: columnsOf(question, merged) }),
    ...(groups.omitted !== undefined && { lanesOmitted: groups.omitted }),
    ...(strips.length > 0 && { strips }),
    total,
  };
}

interface SingleRun {
  begin: number;
  id: number;
  length: number;
}

/** Runs of the lanes that are not merged, in the order in which they began, so that a page reads like a timeline. */
function singleRuns(question: Question, merged: readonly boolean[]): SingleRun[] {
  const runs: SingleRun[] = [];
  const isSingle = (place: number) => place >= 0 && merged[place] !== true;
  for (const { table, rows, group } of question.eachRun(({ place }) => place.some(isSingle))) {
    const { begin, end } = table;
    for (let k = 0; k < rows.length; k++) {
      if (isSingle(group[k]!)) {
        const i = rows[k]!;
        const length = Math.min(end[i]!, question.buckets.cap) - begin[i]!;
        runs.push({ begin: begin[i]!, id: idOf(table, i), length });
      }
    }
  }
  return runs.sort(byBegin(question));
}

/** The counts of all lanes together, and of what the lanes left out hold. */
function allCounts(question: Question, lanes: readonly GroupSums[]): RunCounts {
  const sum = question.groups.omitted === undefined ? new GroupSums() : omittedSums(question);
  for (const { counts, lost } of lanes) {
    counts.forEach((count, state) => {
      sum.counts[state]! += count;
    });
    sum.lost += lost;
  }
  return { counts: toldCounts(sum.counts), ...(sum.lost > 0 && { lost: sum.lost }) };
}

/** Counts of the runs of lanes that the limit left out, by the rule of `sumGroups`. */
function omittedSums(question: Question): GroupSums {
  const { buckets } = question;
  const sums = new GroupSums();
  for (const { table, rows, group } of question.each()) {
    const { end, state, substate, retried } = table;
    for (let k = 0; k < rows.length; k++) {
      const i = rows[k]!;
      if (group[k]! >= 0) {
        continue;
      }
      const now = liveStateAt(table, i, buckets.cap);
      if (now >= 0) {
        sums.counts[now]!++;
      } else if (retried[i] === 0 && buckets.of(end[i]!) >= 0) {
        sums.counts[state[i]!]!++;
        sums.lost += Number(state[i] === STATE_NUMBER.failed && substate[i] === LOST);
      }
    }
  }
  for (const { summary, classes, place } of question.eachSummed()) {
    const { count, state } = summary.classes;
    for (const i of classes) {
      sums.counts[state[i]!]! += place[i]! < 0 ? count[i]! : 0;
    }
  }
  return sums;
}

/** CPU and memory of the longest runs. */
function stripsOf({ tables }: Question, runs: readonly SingleRun[]): RunStrip[] {
  const longest = runs.map(({ id, length }, run) => ({ id, length, run })).sort((a, b) => b.length - a.length);
  return longest.slice(0, MOST_STRIPS).flatMap(({ id, run }) => stripOf(tables.rows.samplesOf(id), run) ?? []);
}
