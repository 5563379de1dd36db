import type { Lane, RunCounts, RunPage, RunsAnswer, TimelineAnswer } from '../model/answer';
import { compileFilter } from '../model/filter';
import { groupOf } from '../model/group-of';
import { endedAt, isAliveIn } from '../model/lifetime';
import type { GroupBy, TaskFilter, TimeRange } from '../model/task-query';
import { beganAt, isRetried, runKey } from '../model/task-run';
import type { TaskRun } from '../model/task-run';

/** An answer that lists all its runs one by one, so that changed runs can be put into it. */
export type LiveAnswer = RunsAnswer | (TimelineAnswer & { page: RunPage });

export function canFollow(answer: { view: string; page?: RunPage; columns?: unknown }): answer is LiveAnswer {
  const isWhole = answer.page !== undefined && answer.columns === undefined;
  return answer.view === 'runs' || (answer.view === 'timeline' && isWhole);
}

/**
 * Keeps an answer of runs up to date without asking again: changed runs replace what they were, new ones come in, what
 * left the range goes. Never holds more than `limit` runs: the oldest go, and the answer says that it is cut.
 */
export class LiveRuns {
  private readonly runs = new Map<string, TaskRun>();
  private readonly lanes = new Map<string, Lane>();
  /** Of all lanes together. */
  private readonly counts: RunCounts = { counts: {} };
  private readonly passes: (run: TaskRun) => boolean;
  private readonly groupBy: GroupBy;
  private total: number;
  private truncated: boolean;

  constructor(
    private readonly base: LiveAnswer,
    filter: TaskFilter,
    private range: TimeRange,
    private readonly limit: number
  ) {
    const page = pageOf(base);
    this.passes = compileFilter(filter);
    this.groupBy = base.view === 'timeline' ? base.groupBy : 'task';
    this.total = page.total ?? page.runs.length;
    this.truncated = page.truncated;
    for (const run of page.runs) {
      this.runs.set(runKey(run), run);
    }
    if (base.view === 'timeline') {
      this.counts = copyCounts(base);
      for (const lane of base.lanes) {
        this.lanes.set(lane.name, { ...lane, ...copyCounts(lane) });
      }
    }
  }

  /** Whether anything that is shown changed. Runs of an older observation than what is known change nothing. */
  apply(changed: readonly TaskRun[]): boolean {
    let any = false;
    for (const run of changed) {
      const key = runKey(run);
      const before = this.runs.get(key);
      if (before !== undefined && before.observedAt > run.observedAt) {
        continue;
      }
      const shown = this.passes(run) && isAliveIn(run, this.range);
      if (before === undefined && !shown) {
        continue;
      }
      if (before !== undefined) {
        this.count(before, -1);
      }
      if (shown) {
        this.runs.set(key, run);
        this.count(run, +1);
      } else {
        this.runs.delete(key);
      }
      any = true;
    }
    this.cut();
    return any;
  }

  /** Moves the range on; what ended before it goes. Whether any run went. */
  slide(range: TimeRange): boolean {
    const moved = range.from > this.range.from;
    this.range = range;
    if (!moved) {
      return false;
    }
    let any = false;
    for (const [key, run] of this.runs) {
      if ((endedAt(run) ?? Infinity) < range.from) {
        this.runs.delete(key);
        this.count(run, -1);
        any = true;
      }
    }
    return any;
  }

  answer(): LiveAnswer {
    const page: RunPage = {
      ...pageOf(this.base),
      runs: [...this.runs.values()],
      total: this.total,
      truncated: this.truncated,
    };
    if (this.base.view === 'runs') {
      page.runs.sort((a, b) => beganAt(b) - beganAt(a));
      return { ...this.base, ...page };
    }
    const { strips: _strips, ...base } = this.base;
    const told = { lanes: [...this.lanes.values()], ...copyCounts(this.counts), total: this.total };
    return { ...base, page, ...told, ...this.movedStrips(page.runs) };
  }

  /** Strips name rows of the page: rows move as runs come and go. */
  private movedStrips(runs: readonly TaskRun[]): Pick<TimelineAnswer, 'strips'> {
    if (this.base.view !== 'timeline' || this.base.strips === undefined) {
      return {};
    }
    const before = this.base.page.runs;
    const places = new Map(runs.map((run, index) => [runKey(run), index]));
    return {
      strips: this.base.strips.flatMap((strip) => {
        const run = before[strip.run];
        const place = run === undefined ? undefined : places.get(runKey(run));
        return place === undefined ? [] : [{ ...strip, run: place }];
      }),
    };
  }

  private count(run: TaskRun, by: 1 | -1): void {
    this.total += by;
    if (this.base.view !== 'timeline') {
      return;
    }
    const name = groupOf(run, this.groupBy);
    let lane = this.lanes.get(name);
    if (lane === undefined) {
      lane = { name, counts: {} };
      this.lanes.set(name, lane);
    }
    // An attempt that was tried again is no run of its own.
    for (const told of isRetried(run) ? [] : [lane, this.counts]) {
      told.counts[run.state] = Math.max(0, (told.counts[run.state] ?? 0) + by);
      if (run.substate === 'lost') {
        told.lost = Math.max(0, (told.lost ?? 0) + by);
      }
    }
    if (by > 0) {
      lane.lastBeganAt = Math.max(lane.lastBeganAt ?? -Infinity, beganAt(run));
    }
  }

  private cut(): void {
    const excess = this.runs.size - this.limit;
    if (excess <= 0) {
      return;
    }
    const ended = [...this.runs].sort(([, a], [, b]) => (endedAt(a) ?? Infinity) - (endedAt(b) ?? Infinity));
    for (const [key] of ended.slice(0, excess)) {
      this.runs.delete(key);
    }
    this.truncated = true;
  }
}

function copyCounts({ counts, lost }: RunCounts): RunCounts {
  return { counts: { ...counts }, ...(lost === undefined ? {} : { lost }) };
}

function pageOf(answer: LiveAnswer): RunPage {
  return answer.view === 'timeline'
    ? answer.page
    : {
        runs: answer.runs,
        truncated: answer.truncated,
        skipped: answer.skipped,
        ...(answer.total === undefined ? {} : { total: answer.total }),
        ...(answer.next === undefined ? {} : { next: answer.next }),
      };
}
