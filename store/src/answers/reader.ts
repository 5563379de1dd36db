import type Database from 'better-sqlite3';
import { MOST_LANES } from '../../../src/analysis/answer-from-runs';
import { schedulesUnder } from '../../../src/analysis/schedules';
import { isGroupBy } from '../../../src/model/query-params';
import type { ExpectedRuns } from '../../../src/health/spec';
import type { GroupBy, TaskFilter } from '../../../src/model/task-query';
import type { EpochMs } from '../../../src/model/units';
import type {
  ArchiveQuery,
  ArchiveSettings,
  ArchiveSummary,
  QuestionLimits,
  SiftQuery,
  ValuesQuery,
} from '../archive/archive';
import { ArchiveError, DEFAULT_CACHE_BYTES, DEFAULT_QUESTION_LIMITS } from '../archive/archive';
import { Baselines } from './baselines';
import { Budget } from '../archive/budget';
import { Causes } from './causes';
import { ColumnCache } from '../archive/sqlite/column-cache';
import { ExpectedMetrics } from '../metrics/expected-metrics';
import { healthMetricsText } from '../metrics/health-metrics';
import type { ScoreSources } from './health-sources';
import { readSchedules } from '../archive/sqlite/schedules';
import { sinceLearned } from '../archive/known-schedules';
import { measure } from '../archive/sqlite/lookups';
import { Question } from './question';
import { RunDetail } from '../archive/sqlite/run-detail';
import { READ_STEPS, tester } from './row-filter';
import { inSnapshot, openForReading, readable } from '../archive/sqlite/schema';
import { durationsAnswer } from './view-durations';
import { failuresAnswerText } from './view-failures';
import { healthAnswer } from './view-health';
import { resourcesAnswer } from './view-resources';
import { earliest, runsAnswerText } from './view-runs';
import { statesAnswer } from './view-states';
import { throughputAnswer } from './view-throughput';
import { timelineAnswerText } from './view-timeline';
import { queuesAnswer, workersAnswer } from './view-workers';

const METRICS_EVERY_MS = 10_000;
/** Segments are read in one go and kept as columns: pages are seldom asked for again. */
const PAGE_CACHE_BYTES = 16 * 1024 * 1024;

interface ReaderOptions {
  cacheBytes?: number;
  listeningSince?: EpochMs;
  /** Different causes remembered. */
  mostCauses?: number;
  /** What the questions spend; told from outside when one of them has to end. */
  budget?: Budget;
}

/** Answers questions from a connection of its own, so that reading never waits for writing. Synchronous, like `Writer`. */
export class Reader {
  private readonly budget: Budget;
  private readonly db: Database.Database;
  private readonly cache: ColumnCache;
  private readonly causes: Causes;
  private readonly detail: RunDetail;
  private readonly baselines = new Baselines();
  private readonly expected: ExpectedMetrics;
  private listeningSince: EpochMs;
  private told: { at: number; text: string } | undefined;

  constructor(
    private readonly path: string,
    private settings: ArchiveSettings,
    options: ReaderOptions = {}
  ) {
    this.listeningSince = options.listeningSince ?? -Infinity;
    this.budget = options.budget ?? new Budget();
    this.db = openForReading(path, PAGE_CACHE_BYTES);
    this.cache = new ColumnCache(this.db, options.cacheBytes ?? DEFAULT_CACHE_BYTES, this.budget);
    this.causes = new Causes(this.db, this.budget, options.mostCauses);
    this.detail = new RunDetail(this.db);
    this.expected = new ExpectedMetrics(this.db, this.cache, this.listeningSince);
  }

  configure(settings: ArchiveSettings): void {
    this.settings = settings;
  }

  /** The store had been away: whoever was silent meanwhile could not be heard. */
  listenAgain(since: EpochMs): void {
    this.listeningSince = since;
    this.expected.listenAgain(since);
    this.told = undefined;
  }

  /** @throws ArchiveError, `too-costly` when the question needs more than `limits` */
  query(query: ArchiveQuery, limits = DEFAULT_QUESTION_LIMITS): string {
    return this.snapshot(() => this.answer(query), limits);
  }

  /** The words that a match lets pass. */
  sift({ match, words }: SiftQuery, limits = DEFAULT_QUESTION_LIMITS): string[] {
    this.budget.begin(limits);
    const test = readable(() => tester(match, this.budget));
    return words.filter(test);
  }

  values(query: ValuesQuery, limits = DEFAULT_QUESTION_LIMITS): string[] {
    return this.snapshot(() => {
      const { field } = query;
      if (!isGroupBy(field)) {
        throw new ArchiveError(
          'bad-query',
          `values of "${field}" are not kept. Fields: task, worker, host, queue, source, state, label:<name>.`
        );
      }
      const groupBy: GroupBy = field;
      const question = new Question(this.db, this.cache, {
        view: 'runs',
        filter: query.filter,
        range: query.range,
        step: query.range.to - query.range.from,
        groupBy,
        limit: Infinity,
        now: query.now,
      });
      return question.groups.names
        .map((name, place) => ({ name, members: question.groups.members[place] ?? 0 }))
        .filter(({ name }) => name !== '')
        .sort((a, b) => b.members - a.members || (a.name < b.name ? -1 : 1))
        .slice(0, query.limit)
        .map(({ name }) => name);
    }, limits);
  }

  summary(limits = DEFAULT_QUESTION_LIMITS): ArchiveSummary {
    return this.snapshot(() => {
      const oldest = this.db.prepare<[], number | null>('SELECT min(first) FROM segments').pluck().get() ?? undefined;
      return {
        ...measure(this.db),
        tasks: this.cache.distinct('task'),
        sources: this.cache.distinct('source'),
        ...(oldest !== undefined && { oldestAt: oldest }),
      };
    }, limits);
  }

  /** Health and expected runs, in Prometheus' text format. Computed anew when they are ten seconds old. */
  metricsText(now: number): string {
    if (this.told === undefined || now - this.told.at >= METRICS_EVERY_MS || now < this.told.at) {
      const { db, cache } = this;
      const text = this.snapshot(() => {
        const sources = this.sources({ matches: [] }, now);
        const expected = this.expected.text(sources.spec, now);
        const sourceOf = (schedule: ExpectedRuns) => this.expected.sourceOf(schedule);
        return healthMetricsText(db, cache, sources, sourceOf, now) + expected;
      });
      this.told = { at: now, text };
    }
    return this.told.text;
  }

  /** Prepares for questions to come while nobody asks. Returns whether there is more to prepare. */
  warm(): boolean {
    return this.snapshot(() => this.cache.warm());
  }

  close(): void {
    this.db.close();
  }

  private sources(filter: TaskFilter, now: EpochMs): ScoreSources {
    const { db, baselines, causes, settings, listeningSince } = this;
    const { health } = settings;
    const expected = schedulesUnder(filter, sinceLearned(readSchedules(db), health.expected, now));
    return { spec: { ...health, expected }, baselines, causes, listeningSince };
  }

  private answer(query: ArchiveQuery): string {
    const { db, cache, causes } = this;
    const sources = () => this.sources(query.filter, query.now);
    const ask = (groupLimit?: number) => new Question(db, cache, query, groupLimit === undefined ? {} : { groupLimit });
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
      case 'transitions': {
        const question = ask(Infinity);
        const read = db.prepare<[number], { id: number; run: string; history: string }>(
          'SELECT id, run, history FROM runs WHERE id = ?'
        );
        const details = earliest(question, query.limit).flatMap((id) => {
          const row = read.get(id);
          const text = row === undefined ? undefined : this.detail.text(row);
          this.budget.spend(READ_STEPS);
          this.budget.hold(text?.length ?? 0, () => 'the changes of the runs');
          return text ?? [];
        });
        const { from, to } = query.range;
        return `{"view":"transitions","range":{"from":${from},"to":${to}},"runs":[${details.join(',')}],"truncated":${question.total > query.limit}}`;
      }
    }
  }

  /** Runs `work` on one state of the file, with the columns brought up to it. */
  private snapshot<T>(work: () => T, limits?: QuestionLimits): T {
    this.budget.begin(limits);
    if (this.causes.isFull) {
      this.causes.clear();
      this.cache.forgetCauses();
    }
    return inSnapshot(this.db, this.path, () => {
      this.cache.refresh();
      return work();
    });
  }
}
