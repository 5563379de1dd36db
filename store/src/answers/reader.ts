import { wordTest } from '../../../src/analysis/row-filter';
import type { ExpectedRuns } from '../../../src/health/spec';
import { isGroupBy } from '../../../src/model/query-params';
import type { EpochMs } from '../../../src/model/units';
import type {
  ArchiveQuery,
  ArchiveSettings,
  ArchiveSummary,
  QuestionLimits,
  SiftQuery,
  ValuesQuery,
} from '../archive/archive';
import { ArchiveError, DEFAULT_QUESTION_LIMITS } from '../archive/archive';
import type { ReadPort } from '../archive/engine';
import { sinceLearned } from '../archive/known-schedules';
import { ExpectedMetrics } from '../metrics/expected-metrics';
import { healthMetricsText } from '../metrics/health-metrics';
import type { Judging } from '../metrics/metrics-source';
import { readable } from './readable';
import { Views } from './views';

const METRICS_EVERY_MS = 10_000;

interface ReaderOptions {
  listeningSince?: EpochMs;
  /** Different causes remembered. */
  mostCauses?: number;
}

/** Answers questions about an archive, whatever engine keeps it. Synchronous, like `Intake`. */
export class Reader {
  private readonly views: Views;
  private readonly expected: ExpectedMetrics;
  private listeningSince: EpochMs;
  private told: { at: number; text: string } | undefined;

  constructor(
    private readonly engine: ReadPort,
    private settings: ArchiveSettings,
    options: ReaderOptions = {}
  ) {
    this.listeningSince = options.listeningSince ?? -Infinity;
    this.views = new Views(engine, options.mostCauses);
    this.expected = new ExpectedMetrics(this.views, this.listeningSince);
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
    return this.snapshot(() => this.views.answer(query, this.judging(query.now)), limits);
  }

  /** The words that a match lets pass. */
  sift({ match, words }: SiftQuery, limits = DEFAULT_QUESTION_LIMITS): string[] {
    const { budget } = this.engine;
    budget.begin(limits);
    const test = readable(() => wordTest(match, budget));
    return words.filter(test);
  }

  values(query: ValuesQuery, limits = DEFAULT_QUESTION_LIMITS): string[] {
    const { field } = query;
    return this.snapshot(() => {
      if (!isGroupBy(field)) {
        throw new ArchiveError(
          'bad-query',
          `values of "${field}" are not kept. Fields: task, worker, host, queue, source, state, label:<name>.`
        );
      }
      return this.views.values({ ...query, field });
    }, limits);
  }

  summary(limits = DEFAULT_QUESTION_LIMITS): ArchiveSummary {
    return this.snapshot(() => {
      const oldestAt = this.engine.oldestAt();
      return {
        ...this.engine.size(),
        tasks: this.views.distinct('task'),
        sources: this.views.distinct('source'),
        ...(oldestAt !== undefined && { oldestAt }),
      };
    }, limits);
  }

  /** Health and expected runs, in Prometheus' text format. Computed anew when they are ten seconds old. */
  metricsText(now: number): string {
    if (this.told === undefined || now - this.told.at >= METRICS_EVERY_MS || now < this.told.at) {
      const text = this.snapshot(() => {
        const judging = this.judging(now);
        const expected = this.expected.text(judging.spec, now);
        const sourceOf = (schedule: ExpectedRuns) => this.expected.sourceOf(schedule);
        return healthMetricsText(this.views, judging, sourceOf, now) + expected;
      });
      this.told = { at: now, text };
    }
    return this.told.text;
  }

  /** Prepares for questions to come while nobody asks. Returns whether there is more to prepare. */
  warm(): boolean {
    return this.snapshot(() => this.views.warm());
  }

  private judging(now: EpochMs): Judging {
    const { health } = this.settings;
    const expected = sinceLearned(this.engine.schedules(), health.expected, now);
    return { spec: { ...health, expected }, listeningSince: this.listeningSince };
  }

  /** Runs `work` on one state of the archive. */
  private snapshot<T>(work: () => T, limits?: QuestionLimits): T {
    this.engine.budget.begin(limits);
    this.views.begin();
    return this.engine.snapshot(() => readable(work));
  }
}
