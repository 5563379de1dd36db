import { groupOf } from '../model/group-of';
import { endedAt } from '../analysis/lifetime';
import type { Answer, ColumnStretches, TimelineAnswer } from '../model/answer';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { beganAt, isRetried } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';

export type ColumnAnswer = TimelineAnswer & { columns: ColumnStretches };

export function hasColumns(answer: Answer): answer is ColumnAnswer {
  return answer.view === 'timeline' && answer.columns !== undefined;
}

/**
 * Merged stretches with the runs that changed since drawn over them, one stretch each: a failure is seen at once, while
 * the whole is asked again only every few seconds. The counts of the lanes stay as they were told.
 */
export function withRecent(answer: ColumnAnswer, recent: readonly TaskRun[], now: EpochMs): ColumnAnswer {
  const lanes = [...answer.lanes];
  const places = new Map(lanes.map((lane, index) => [lane.name, index]));
  const columns: ColumnStretches = {
    lane: [...answer.columns.lane],
    start: [...answer.columns.start],
    end: [...answer.columns.end],
    state: [...answer.columns.state],
    lost: [...answer.columns.lost],
    count: [...answer.columns.count],
  };
  const retried = [...(answer.columns.retried ?? answer.columns.lane.map(() => 0))];
  for (const run of recent) {
    const name = groupOf(run, answer.groupBy);
    let lane = places.get(name);
    if (lane === undefined) {
      lane = lanes.push({ name, source: run.source, counts: isRetried(run) ? {} : { [run.state]: 1 } }) - 1;
      places.set(name, lane);
    }
    const start = beganAt(run);
    columns.lane.push(lane);
    columns.start.push(start);
    columns.end.push(Math.max(start, endedAt(run) ?? now));
    columns.state.push(LIFECYCLE_STATES.indexOf(run.state));
    columns.lost.push(run.substate === 'lost' ? 1 : 0);
    retried.push(isRetried(run) ? 1 : 0);
    columns.count.push(1);
  }
  return { ...answer, lanes, columns: retried.includes(1) ? { ...columns, retried } : columns };
}
