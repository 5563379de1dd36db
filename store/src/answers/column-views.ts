import { MOST_LANES } from '../../../src/analysis/answer-from-runs';
import { schedulesUnder } from '../../../src/analysis/schedules';
import type { HealthInput } from '../../../src/health/score';
import type { TaskFilter, TimeRange } from '../../../src/model/task-query';
import type { EpochMs } from '../../../src/model/units';
import type { ArchiveQuery } from '../archive/archive';
import type { Columns } from '../archive/columns';
import { READ_STEPS } from '../archive/columns';
import { STATE_NUMBER } from '../archive/word-numbers';
import type { Arrival, Judging } from '../metrics/metrics-source';
import { Baselines } from './baselines';
import { Causes } from './causes';
import { rowCameAt } from './group-facts';
import type { ScoreSources } from './health-sources';
import { Question } from './question';
import { durationsAnswer } from './view-durations';
import { failuresAnswerText } from './view-failures';
import { healthAnswer, healthInputs } from './view-health';
import { resourcesAnswer } from './view-resources';
import { earliest, runsAnswerText } from './view-runs';
import { statesAnswer } from './view-states';
import { throughputAnswer } from './view-throughput';
import { timelineAnswerText } from './view-timeline';
import { queuesAnswer, workersAnswer } from './view-workers';
import type { FieldQuery, Views } from './views';

const EVERYTHING: TaskFilter = { matches: [] };
/** Sources that get scores among the metrics. */
const MOST_SOURCES = 200;

/** The views of an engine that gives its runs as columns: the same answers as those of `analysis/`, for millions of runs. */
export class ColumnViews implements Views {
  private readonly causes: Causes;
  private readonly baselines = new Baselines();

  /** @param mostCauses different causes remembered */
  constructor(
    private readonly columns: Columns,
    mostCauses?: number
  ) {
    this.causes = new Causes(columns, mostCauses);
  }

  begin(): void {
    if (this.causes.isFull) {
      this.causes.clear();
      this.columns.forgetCauses();
    }
  }

  answer(query: ArchiveQuery, judging: Judging): string {
    const { columns, causes } = this;
    const sources = () => {
      const expected = schedulesUnder(query.filter, judging.spec.expected);
      return this.scoring({ ...judging, spec: { ...judging.spec, expected } });
    };
    const ask = (groupLimit?: number) => new Question(columns, query, groupLimit === undefined ? {} : { groupLimit });
    switch (query.view) {
      case 'runs':
        return runsAnswerText(ask(Infinity));
      case 'timeline':
        return timelineAnswerText(ask(MOST_LANES), { ...sources(), mostRuns: query.limit });
      case 'states':
        return JSON.stringify(statesAnswer(ask()));
      case 'throughput':
        return JSON.stringify(throughputAnswer(ask()));
      case 'durations':
        return JSON.stringify(durationsAnswer(ask()));
      case 'health':
        return JSON.stringify(healthAnswer(ask(), sources()));
      case 'failures':
        return failuresAnswerText(ask(Infinity), causes);
      case 'workers':
        return JSON.stringify(workersAnswer(ask(Infinity), sources()));
      case 'queues':
        return JSON.stringify(queuesAnswer(ask(Infinity)));
      case 'resources':
        return JSON.stringify(resourcesAnswer(ask()));
      case 'transitions':
        return this.transitions(ask(Infinity));
    }
  }

  values({ field, filter, range, limit, now }: FieldQuery): string[] {
    const step = range.to - range.from;
    const query = { view: 'runs' as const, filter, range, step, groupBy: field, limit: Infinity, now };
    const { groups } = new Question(this.columns, query);
    return groups.names
      .map((name, place) => ({ name, members: groups.members[place] ?? 0 }))
      .filter(({ name }) => name !== '')
      .sort((a, b) => b.members - a.members || (a.name < b.name ? -1 : 1))
      .slice(0, limit)
      .map(({ name }) => name);
  }

  distinct(what: 'task' | 'source'): number {
    return this.columns.distinct(what);
  }

  warm(): boolean {
    return this.columns.warm();
  }

  sourcesIn(range: TimeRange, now: EpochMs): readonly string[] {
    const query = { view: 'health' as const, filter: EVERYTHING, range, step: range.to - range.from, now };
    return new Question(this.columns, { ...query, groupBy: 'source', limit: MOST_SOURCES }).groups.names;
  }

  scoreInputs(
    { source, range, limit }: { source: string; range: TimeRange; limit: number },
    judging: Judging,
    now: EpochMs
  ): HealthInput[] {
    const filter: TaskFilter = { matches: [{ field: 'source', operator: '=', values: [source] }] };
    const query = { view: 'health' as const, filter, range, step: range.to - range.from, groupBy: 'task' as const };
    const question = new Question(this.columns, { ...query, limit, now });
    return healthInputs(question, this.scoring(judging)).groups.map(({ input }) => input);
  }

  arrivals(tasks: readonly string[], range: TimeRange, now: EpochMs): ReadonlyMap<string, Arrival[]> {
    const { columns } = this;
    const found = new Map<string, Arrival[]>();
    const question = new Question(columns, {
      view: 'runs',
      filter: { matches: [{ field: 'task', operator: '=', values: [...tasks] }] },
      range,
      step: range.to - range.from,
      groupBy: 'task',
      limit: Infinity,
      now,
    });
    for (const { segment, rows, group } of question.each()) {
      for (let k = 0; k < rows.length; k++) {
        const row = rows[k]!;
        const id = segment.firstId + row;
        const first = segment.attempt[row] === 1 ? id : columns.rows.firstAttempt(id);
        const { segment: firstSegment, row: firstRow } = first === id ? { segment, row } : columns.rowOf(first);
        const task = question.groups.names[group[k]!] ?? '';
        const list = found.get(task) ?? [];
        const state = segment.state[row]!;
        list.push({
          source: columns.names[segment.source[row]!] ?? '',
          at: rowCameAt(firstSegment, firstRow),
          isFirst: first === id,
          state: state === STATE_NUMBER.completed ? 'complete' : state <= STATE_NUMBER.running ? 'going' : 'over',
        });
        found.set(task, list);
      }
    }
    return found;
  }

  private scoring(judging: Judging): ScoreSources {
    return { ...judging, baselines: this.baselines, causes: this.causes };
  }

  private transitions(question: Question): string {
    const { query, total, budget } = question;
    const details = earliest(question, query.limit).flatMap((id) => {
      const text = this.columns.rows.detailText(id);
      budget.spend(READ_STEPS);
      budget.hold(text?.length ?? 0, () => 'the changes of the runs');
      return text ?? [];
    });
    const { from, to } = query.range;
    return `{"view":"transitions","range":{"from":${from},"to":${to}},"runs":[${details.join(',')}],"truncated":${total > query.limit}}`;
  }
}
