import type Database from 'better-sqlite3';
import { MOST_LANES } from '../../../src/analysis/answer-from-runs';
import { PatternError } from '../../../src/analysis/pattern';
import { isGroupBy } from '../../../src/model/query-params';
import type { GroupBy, TaskFilter } from '../../../src/model/task-query';
import type { TaskRun } from '../../../src/model/task-run';
import type { ArchiveQuery, ArchiveSettings, ArchiveSummary, ChangePage, ValuesQuery } from './archive';
import { ArchiveError } from './archive';
import { Baselines } from './baselines';
import { Causes } from './causes';
import { ColumnCache } from './column-cache';
import { sampleLine } from './prometheus-text';
import { Question } from './question';
import { hashText, historyForDetail } from './run-row';
import { openForReading, selectByHash, toArchiveError } from './schema';
import { durationsAnswer } from './view-durations';
import { failuresAnswerText } from './view-failures';
import { healthAnswer } from './view-health';
import { resourcesAnswer } from './view-resources';
import { earliest, runsAnswerText } from './view-runs';
import { statesAnswer } from './view-states';
import { throughputAnswer } from './view-throughput';
import { timelineAnswerText } from './view-timeline';
import { queuesAnswer, workersAnswer } from './view-workers';

const HOUR_MS = 3_600_000;
/** Tasks per source that get a score among the metrics. */
const MOST_HEALTH_SERIES = 200;

/** Answers questions from a connection of its own, so that reading never waits for writing. Synchronous, like `Writer`. */
export class Reader {
  private readonly db: Database.Database;
  private readonly cache: ColumnCache;
  private readonly causes: Causes;
  private readonly baselines = new Baselines();
  private healthText: { at: number; text: string } | undefined;

  constructor(
    private readonly path: string,
    private settings: ArchiveSettings,
    options: { cacheBytes?: number } = {}
  ) {
    this.db = openForReading(path);
    this.cache = new ColumnCache(this.db, options.cacheBytes ?? 512 * 1024 * 1024);
    this.causes = new Causes(this.db);
  }

  configure(settings: ArchiveSettings): void {
    this.settings = settings;
  }

  query(query: ArchiveQuery): string {
    return this.snapshot(() => this.answer(query));
  }

  run(key: string): string | undefined {
    return this.snapshot(() => {
      const [source, runId, attempt] = key.split('\n');
      if (source === undefined || runId === undefined || attempt === undefined) {
        throw new ArchiveError(
          'bad-query',
          `"${key}" is no key of a run. Want source, run id and attempt, joined by line feeds (%0A).`
        );
      }
      const rows = this.db
        .prepare<[number], { id: number; attempt: number; run: string; history: string }>(
          selectByHash('id, attempt, run, history')
        )
        .all(hashText(runId));
      const row = rows.find((candidate) => {
        if (candidate.attempt !== Number(attempt)) {
          return false;
        }
        const run = JSON.parse(candidate.run) as TaskRun;
        return run.source === source && run.runId === runId;
      });
      return row === undefined ? undefined : this.detailText(row.id, row.run, row.history);
    }, false);
  }

  values(query: ValuesQuery): string[] {
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
    });
  }

  changes(cursor: number, limit: number): ChangePage {
    return this.snapshot(() => {
      const rows = this.db
        .prepare<[number, number], { change: number; run: string }>(
          'SELECT change, run FROM runs WHERE change > ? ORDER BY change LIMIT ?'
        )
        .all(cursor, limit + 1);
      const shown = rows.slice(0, limit);
      return {
        cursor: shown[shown.length - 1]?.change ?? cursor,
        runs: shown.map((row) => row.run),
        more: rows.length > limit,
      };
    }, false);
  }

  summary(): ArchiveSummary {
    return this.snapshot(() => {
      const ids = this.db
        .prepare<[], { low: number | null; high: number | null }>(
          'SELECT (SELECT min(id) FROM runs) AS low, (SELECT max(id) FROM runs) AS high'
        )
        .get();
      const change = this.db.prepare<[], number | null>('SELECT max(change) FROM runs').pluck().get() ?? 0;
      const oldest = this.db.prepare<[], number | null>('SELECT min(first) FROM segments').pluck().get() ?? undefined;
      const pages =
        Number(this.db.pragma('page_count', { simple: true })) -
        Number(this.db.pragma('freelist_count', { simple: true }));
      return {
        runs: ids?.low == null || ids.high === null ? 0 : ids.high - ids.low + 1,
        tasks: this.cache.distinct('task'),
        sources: this.cache.distinct('source'),
        ...(oldest !== undefined && { oldestAt: oldest }),
        bytes: pages * Number(this.db.pragma('page_size', { simple: true })),
        cursor: change,
      };
    });
  }

  /** Health of the last hour per source and task, in Prometheus' text format. Computed at most every 15 seconds. */
  metricsText(now: number): string {
    if (this.healthText === undefined || now - this.healthText.at > 15_000 || now < this.healthText.at) {
      this.healthText = { at: now, text: this.snapshot(() => this.healthMetrics(now)) };
    }
    return this.healthText.text;
  }

  /** Prepares for questions to come while nobody asks. Returns whether there is more to prepare. */
  warm(): boolean {
    return this.snapshot(() => this.cache.warm());
  }

  close(): void {
    this.db.close();
  }

  private answer(query: ArchiveQuery): string {
    const { db, cache, baselines, causes } = this;
    const { health: spec } = this.settings;
    const ask = (groupLimit?: number) => new Question(db, cache, query, groupLimit === undefined ? {} : { groupLimit });
    switch (query.view) {
      case 'runs':
        return runsAnswerText(ask(Infinity));
      case 'timeline':
        return timelineAnswerText(ask(MOST_LANES), { mostRuns: query.limit, spec, baselines, causes });
      case 'states':
        return JSON.stringify(statesAnswer(ask()));
      case 'throughput':
        return JSON.stringify(throughputAnswer(ask()));
      case 'durations':
        return JSON.stringify(durationsAnswer(ask()));
      case 'health':
        return JSON.stringify(healthAnswer(ask(), spec, baselines, causes));
      case 'failures':
        return failuresAnswerText(ask(Infinity), causes);
      case 'workers':
        return JSON.stringify(workersAnswer(ask(Infinity)));
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
          return row === undefined ? [] : [this.detailText(row.id, row.run, row.history)];
        });
        const { from, to } = query.range;
        return `{"view":"transitions","range":{"from":${from},"to":${to}},"runs":[${details.join(',')}],"truncated":${question.total > query.limit}}`;
      }
    }
  }

  private healthMetrics(now: number): string {
    const { health: spec } = this.settings;
    const range = { from: now - HOUR_MS, to: now };
    const base = { range, step: HOUR_MS, now, limit: MOST_HEALTH_SERIES };
    const sources = new Question(this.db, this.cache, {
      ...base,
      view: 'health',
      filter: { matches: [] },
      groupBy: 'source',
    }).groups.names;
    let scores = '';
    let deductions = '';
    for (const source of sources) {
      const filter: TaskFilter = { matches: [{ field: 'source', operator: '=', values: [source] }] };
      const question = new Question(this.db, this.cache, { ...base, view: 'health', filter, groupBy: 'task' });
      for (const { group: task, score, deductions: taken } of healthAnswer(question, spec, this.baselines, this.causes)
        .groups) {
        if (score !== undefined) {
          scores += sampleLine('runlane_health_score', { source, task }, score);
        }
        for (const { reason, points } of taken) {
          deductions += sampleLine('runlane_health_deduction', { source, task, reason }, points);
        }
      }
    }
    return (
      `# HELP runlane_health_score Health of the last hour, 0 to 100.\n# TYPE runlane_health_score gauge\n${scores}` +
      `# HELP runlane_health_deduction Points taken off the health score, by reason.\n# TYPE runlane_health_deduction gauge\n${deductions}`
    );
  }

  private detailText(id: number, run: string, history: string): string {
    const { transitions, conflicts } = historyForDetail(history);
    const samples = this.db
      .prepare<[number], { at: number; cpu: number | null; rss: number | null }>(
        'SELECT at, cpu, rss FROM samples WHERE run = ? ORDER BY at'
      )
      .all(id)
      .map(({ at, cpu, rss }) => ({
        at,
        ...(cpu !== null && { cpuSeconds: cpu }),
        ...(rss !== null && { rssBytes: rss }),
      }));
    return `{"run":${run},"transitions":${JSON.stringify(transitions)},"conflicts":${conflicts},"samples":${JSON.stringify(samples)}}`;
  }

  /** Runs `work` on one state of the file, whatever is written meanwhile. */
  private snapshot<T>(work: () => T, needsColumns = true): T {
    try {
      this.db.exec('BEGIN');
      try {
        if (needsColumns) {
          this.cache.refresh();
        }
        return work();
      } finally {
        this.db.exec('COMMIT');
      }
    } catch (error) {
      if (error instanceof PatternError || error instanceof RangeError) {
        throw new ArchiveError('bad-query', error.message.replace(/^\[\w+\] /, ''), { cause: error });
      }
      throw toArchiveError(error, this.path);
    }
  }
}
