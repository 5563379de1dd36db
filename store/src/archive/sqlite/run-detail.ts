import type Database from 'better-sqlite3';
import { historyForDetail } from './run-row';

interface SampleRow {
  at: number;
  cpu: number | null;
  rss: number | null;
}

/** Everything about one run: its transitions and samples too. */
export class RunDetail {
  private readonly samples: Database.Statement<[number], SampleRow>;

  constructor(db: Database.Database) {
    this.samples = db.prepare('SELECT at, cpu, rss FROM samples WHERE run = ? ORDER BY at');
  }

  /** A `RunDetail` of the model, as JSON. */
  text({ id, run, history }: { id: number; run: string; history: string }): string {
    const { transitions, conflicts } = historyForDetail(history);
    const samples = this.samples.all(id).map(({ at, cpu, rss }) => ({
      at,
      ...(cpu !== null && { cpuSeconds: cpu }),
      ...(rss !== null && { rssBytes: rss }),
    }));
    return `{"run":${run},"transitions":${JSON.stringify(transitions)},"conflicts":${conflicts},"samples":${JSON.stringify(samples)}}`;
  }
}
