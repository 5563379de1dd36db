import { answerFromRuns, baselineOf } from '../../../src/analysis/answer-from-runs';
import { Buckets } from '../../../src/analysis/buckets';
import { compileFilter } from '../../../src/model/filter';
import { groupRuns } from '../../../src/analysis/grouping';
import { healthInputOf } from '../../../src/analysis/health-input';
import { endedAt, isAliveIn } from '../../../src/model/lifetime';
import { withAbsentTasks } from '../../../src/analysis/schedules';
import { cameAt } from '../../../src/health/missed-runs';
import type { HealthInput } from '../../../src/health/score';
import type { Answer, RunDetail } from '../../../src/model/answer';
import { groupOf } from '../../../src/model/group-of';
import type { TaskFilter, TimeRange } from '../../../src/model/task-query';
import { runKey } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import type { ArchiveQuery } from '../archive/archive';
import type { Budget } from '../archive/budget';
import { READ_STEPS } from '../archive/columns';
import type { RunScan, ScannedRun } from '../archive/engine';
import type { Arrival, Judging } from '../metrics/metrics-source';
import { signsOfRuns } from './run-signs';
import type { FieldQuery, Views } from './views';

/** How far before a range the usual durations are looked for: as `Baselines` does. */
const LOOK_BACK_MS: DurationMs = 7 * 86_400_000;
const EVER: TimeRange = { from: -Infinity, to: Infinity };

/** The views of an engine that gives its runs one by one: what `analysis/` makes of them. */
export class RunViews implements Views {
  constructor(
    private readonly engine: RunScan,
    private readonly budget: Budget
  ) {}

  begin(): void {
    // Nothing is remembered of questions.
  }

  answer(query: ArchiveQuery, judging: Judging): string {
    const { view, filter, groupBy, limit, sort, cursor, range, step, now } = query;
    const scanned = this.scan({ from: range.from - LOOK_BACK_MS, to: range.to });
    const kept = new Map(scanned.map((one) => [runKey(one.record.run), one]));
    const asked = {
      view,
      filter,
      limit,
      ...(groupBy !== undefined && { groupBy }),
      ...(sort !== undefined && { sort }),
      ...(cursor !== undefined && { cursor }),
    };
    const runs = scanned.map(({ record }) => record.run);
    const answer = answerFromRuns({ query: asked, range, step }, runs, {
      now,
      healthSpec: judging.spec,
      workers: this.workers(Math.min(now, range.to), judging),
      samples: (run) => kept.get(runKey(run))?.samples ?? [],
    });
    return JSON.stringify(withDetails(answer, kept));
  }

  values({ field, filter, range, limit }: FieldQuery): string[] {
    const passes = compileFilter(filter, this.budget);
    const members = new Map<string, number>();
    for (const { record } of this.scan(range)) {
      const name = groupOf(record.run, field);
      if (name !== '' && passes(record.run)) {
        members.set(name, (members.get(name) ?? 0) + 1);
      }
    }
    const ranked = [...members].sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1));
    return ranked.slice(0, limit).map(([name]) => name);
  }

  distinct(what: 'task' | 'source'): number {
    return new Set(this.scan(EVER).map(({ record }) => record.run[what])).size;
  }

  warm(): boolean {
    return false;
  }

  sourcesIn(range: TimeRange): readonly string[] {
    return [...new Set(this.scan(range).map(({ record }) => record.run.source))];
  }

  scoreInputs(
    { source, range, limit }: { source: string; range: TimeRange; limit: number },
    judging: Judging,
    now: EpochMs
  ): HealthInput[] {
    const filter: TaskFilter = { matches: [{ field: 'source', operator: '=', values: [source] }] };
    const { spec } = judging;
    const buckets = new Buckets(range, range.to - range.from, now);
    const runs = this.scan({ from: range.from - LOOK_BACK_MS, to: range.to })
      .map(({ record }) => record.run)
      .filter((run) => run.source === source);
    const alive = runs.filter((run) => isAliveIn(run, range));
    const { groups, omitted } = groupRuns(alive, 'task', limit, buckets);
    const listed = { names: [...groups.keys()], ...(omitted !== undefined && { omitted }) };
    const earlier = runs.filter((run) => (endedAt(run) ?? Infinity) < range.from);
    const sources = {
      spec,
      baseline: baselineOf(earlier, ({ task }) => task),
      workers: this.workers(buckets.cap, judging),
    };
    return withAbsentTasks(listed, { filter, limit }, 'task', buckets, spec).names.map((task) =>
      healthInputOf(task, groups.get(task) ?? [], 'task', buckets, sources)
    );
  }

  arrivals(tasks: readonly string[], range: TimeRange): ReadonlyMap<string, Arrival[]> {
    const wanted = new Set(tasks);
    const firsts = new Map<string, TaskRun>();
    for (const { record } of this.scan(EVER)) {
      const { run } = record;
      if (run.attempt <= (firsts.get(attemptsKey(run))?.attempt ?? Infinity)) {
        firsts.set(attemptsKey(run), run);
      }
    }
    const found = new Map<string, Arrival[]>();
    for (const { record } of this.scan(range)) {
      const { run } = record;
      if (wanted.has(run.task)) {
        const first = firsts.get(attemptsKey(run)) ?? run;
        const isGoing = run.state === 'pending' || run.state === 'running';
        found.set(run.task, [
          ...(found.get(run.task) ?? []),
          {
            source: run.source,
            at: cameAt(first),
            isFirst: first === run,
            state: run.state === 'completed' ? 'complete' : isGoing ? 'going' : 'over',
          },
        ]);
      }
    }
    return found;
  }

  private workers(at: EpochMs, judging: Judging): ReturnType<typeof signsOfRuns> {
    return signsOfRuns(this.scan({ from: -Infinity, to: at }), at, judging);
  }

  private scan(range: TimeRange): ScannedRun[] {
    return [...this.budget.each(this.engine.alive(range), READ_STEPS)];
  }
}

/** What the engine knows better than the instants of a run tell: its history. */
function withDetails(answer: Answer, kept: ReadonlyMap<string, ScannedRun>): Answer {
  return answer.view === 'transitions'
    ? { ...answer, runs: answer.runs.map(({ run }) => detailOf(run, kept.get(runKey(run)))) }
    : answer;
}

function detailOf(run: TaskRun, kept: ScannedRun | undefined): RunDetail {
  const { transitions = [], conflicts = 0 } = kept?.record ?? {};
  return { run, transitions: [...transitions], conflicts, samples: [...(kept?.samples ?? [])] };
}

function attemptsKey({ source, runId }: TaskRun): string {
  return `${source}\n${runId}`;
}
