import type { Answer, ColumnStretches, TimelineAnswer } from '../model/answer';
import { groupOf } from '../model/group-of';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { endedAt } from '../model/lifetime';
import { beganAt, isRetried, runKey } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';

export type ColumnAnswer = TimelineAnswer & { columns: ColumnStretches };

export function hasColumns(answer: Answer): answer is ColumnAnswer {
  return answer.view === 'timeline' && answer.columns !== undefined;
}

/**
 * A timeline of which some lanes are merged, with the runs that changed since it was asked for: in merged lanes one
 * stretch each, drawn over the others; elsewhere in the place of what they were. So a failure is seen at once, while the
 * whole is asked again only every few seconds. What was counted stays as it was told.
 */
export function withRecent(answer: ColumnAnswer, recent: readonly TaskRun[], now: EpochMs): ColumnAnswer {
  const lanes = [...answer.lanes];
  const places = new Map(lanes.map((lane, index) => [lane.name, index]));
  const columns: ColumnStretches = {
    lane: [...answer.columns.lane],
    start: [...answer.columns.start],
    end: [...answer.columns.end],
    state: [...answer.columns.state],
    count: [...answer.columns.count],
    counts: {},
    lost: [...answer.columns.lost],
  };
  const retried = [...(answer.columns.retried ?? answer.columns.lane.map(() => 0))];
  const counts = LIFECYCLE_STATES.map((state) => [...(answer.columns.counts[state] ?? columns.lane.map(() => 0))]);
  const runs = new Map(answer.page?.runs.map((run) => [runKey(run), run]));
  for (const run of recent) {
    const name = groupOf(run, answer.groupBy);
    let lane = places.get(name);
    if (lane === undefined) {
      lane = lanes.push({ name, source: run.source, counts: isRetried(run) ? {} : { [run.state]: 1 } }) - 1;
      places.set(name, lane);
    }
    if (lanes[lane]?.merged !== true) {
      runs.set(runKey(run), run);
      continue;
    }
    const start = beganAt(run);
    columns.lane.push(lane);
    columns.start.push(start);
    columns.end.push(Math.max(start, endedAt(run) ?? now));
    columns.state.push(LIFECYCLE_STATES.indexOf(run.state));
    retried.push(isRetried(run) ? 1 : 0);
    columns.count.push(1);
    columns.lost.push(run.substate === 'lost' ? 1 : 0);
    counts.forEach((column, place) => column.push(LIFECYCLE_STATES[place] === run.state && !isRetried(run) ? 1 : 0));
  }
  LIFECYCLE_STATES.forEach((state, place) => {
    columns.counts[state] = counts[place] ?? [];
  });
  const page = answer.page ?? { runs: [], truncated: false, skipped: 0 };
  return {
    ...answer,
    lanes,
    columns: retried.some((count) => count > 0) ? { ...columns, retried } : columns,
    ...(runs.size === 0 ? {} : { page: { ...page, runs: [...runs.values()], total: runs.size } }),
  };
}
