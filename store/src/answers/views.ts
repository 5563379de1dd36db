import { Causes } from '../../../src/analysis/causes';
import { healthInputs } from '../../../src/analysis/health';
import type { HealthSources } from '../../../src/analysis/health-input';
import { Question } from '../../../src/analysis/question';
import type { Grain } from '../../../src/analysis/question';
import { runOf } from '../../../src/analysis/run';
import { schedulesUnder } from '../../../src/analysis/schedules';
import { timelineOf } from '../../../src/analysis/timeline';
import { answerOf, questionFor } from '../../../src/analysis/views';
import { workerSigns } from '../../../src/analysis/worker-signs';
import type { HealthInput } from '../../../src/health/score';
import { rowCameAt } from '../../../src/model/row-life';
import { idOf } from '../../../src/model/run-table';
import type { GroupBy, TaskFilter, TimeRange } from '../../../src/model/task-query';
import type { EpochMs } from '../../../src/model/units';
import { STATE_NUMBER } from '../../../src/model/word-numbers';
import type { ArchiveQuery, ValuesQuery } from '../archive/archive';
import type { Columns } from '../archive/columns';
import type { ReadPort } from '../archive/engine';
import type { Arrival, Judging, MetricsSource } from '../metrics/metrics-source';
import { Baselines } from './baselines';
import { ListTexts } from './list-texts';
import { ScannedRuns } from './scanned-runs';

const EVERYTHING: TaskFilter = { matches: [] };
/** Sources that get scores among the metrics. */
const MOST_SOURCES = 200;

/** Of a field that groups can be made by. */
type FieldQuery = ValuesQuery & { field: GroupBy };

/** The views of an archive, within a snapshot and the budget of its engine: `analysis/` answers them from its tables. */
export class Views implements MetricsSource {
  private readonly causes: Causes;
  private readonly baselines = new Baselines();
  private readonly lists: ListTexts;
  private readonly columns: Columns;
  /** The columns, where they are made of runs one by one. */
  private readonly scanned: ScannedRuns | undefined;

  /** @param mostCauses different causes remembered */
  constructor({ scan, budget }: Pick<ReadPort, 'scan' | 'budget'>, mostCauses?: number) {
    if ('columns' in scan) {
      this.columns = scan.columns;
    } else {
      this.columns = this.scanned = new ScannedRuns(scan, budget);
    }
    this.causes = new Causes(this.columns, mostCauses);
    this.lists = new ListTexts(this.columns);
  }

  /** Of a question: lets go of what is too much. */
  begin(): void {
    this.scanned?.begin();
    if (this.causes.isFull) {
      this.causes.clear();
      this.columns.forgetCauses();
    }
  }

  /** The answer as JSON text of the view's type in `model/answer.ts`. @throws PatternError, RangeError, ArchiveError */
  answer(query: ArchiveQuery, judging: Judging): string {
    const { view, limit, filter } = query;
    if (view === 'run') {
      return JSON.stringify(runOf(this.columns, query, this.causes, (id) => this.lists.detail(id)));
    }
    const question = questionFor(this.columns, { ...query, view });
    const expected = schedulesUnder(filter, judging.spec.expected);
    const sources = this.sources({ ...judging, spec: { ...judging.spec, expected } });
    switch (view) {
      case 'runs':
        return this.lists.runs(question, query);
      case 'timeline':
        return this.lists.timeline(timelineOf(question, limit, sources));
      case 'transitions':
        return this.lists.transitions(question, query);
      default:
        return JSON.stringify(answerOf(question, { view, limit }, sources, this.causes));
    }
  }

  /** Known values of a field, most frequent first. */
  values({ field, filter, range, limit, now }: FieldQuery): string[] {
    const { names, members } = this.groups(filter, range, field, Infinity, now, 'range').groups;
    return names
      .map((name, place) => ({ name, count: members[place] ?? 0 }))
      .filter(({ name }) => name !== '')
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
      .slice(0, limit)
      .map(({ name }) => name);
  }

  /** How many different tasks or sources have runs. */
  distinct(what: 'task' | 'source'): number {
    return this.columns.distinct(what);
  }

  /** Prepares for questions to come while nobody asks. Returns whether there is more to prepare. */
  warm(): boolean {
    return this.columns.warm();
  }

  sourcesIn(range: TimeRange, now: EpochMs): readonly string[] {
    return this.groups(EVERYTHING, range, 'source', MOST_SOURCES, now, 'range').groups.names;
  }

  scoreInputs(
    { source, range, limit }: { source: string; range: TimeRange; limit: number },
    judging: Judging,
    now: EpochMs
  ): HealthInput[] {
    const filter: TaskFilter = { matches: [{ field: 'source', operator: '=', values: [source] }] };
    const question = this.groups(filter, range, 'task', limit, now);
    return healthInputs(question, this.sources(judging), this.causes).groups.map(({ input }) => input);
  }

  arrivals(tasks: readonly string[], range: TimeRange, now: EpochMs): ReadonlyMap<string, Arrival[]> {
    const { columns } = this;
    const found = new Map<string, Arrival[]>();
    const filter: TaskFilter = { matches: [{ field: 'task', operator: '=', values: [...tasks] }] };
    const question = this.groups(filter, range, 'task', Infinity, now);
    for (const { table, rows, group } of question.each()) {
      for (let k = 0; k < rows.length; k++) {
        const row = rows[k]!;
        const id = idOf(table, row);
        const first = table.attempt[row] === 1 ? id : columns.rows.firstAttempt(id);
        const came = first === id ? { table, row } : columns.rowOf(first);
        const task = question.groups.names[group[k]!] ?? '';
        const list = found.get(task) ?? [];
        const state = table.state[row]!;
        list.push({
          source: question.name(table.source[row]!),
          at: rowCameAt(came.table, came.row),
          isFirst: first === id,
          state: state === STATE_NUMBER.completed ? 'complete' : state <= STATE_NUMBER.running ? 'going' : 'over',
        });
        found.set(task, list);
      }
    }
    return found;
  }

  /** A question about groups of runs, over the range as a whole. */
  private groups(
    filter: TaskFilter,
    range: TimeRange,
    groupBy: GroupBy,
    mostGroups: number,
    now: EpochMs,
    grain: Grain = 'rows'
  ): Question {
    return new Question(this.columns, { filter, range, step: range.to - range.from, groupBy, mostGroups, now, grain });
  }

  private sources(judging: Judging): HealthSources {
    return {
      spec: judging.spec,
      usual: (question) => {
        const baseline = this.baselines.of(question);
        return (group) => baseline.get(group);
      },
      workers: (at) => workerSigns(this.columns, at, judging),
    };
  }
}
