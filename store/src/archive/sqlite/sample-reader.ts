import type Database from 'better-sqlite3';
import type { ResourceSample } from '../../../../src/model/answer';
import type { EpochMs } from '../../../../src/model/units';
import type { SampleRow } from '../../../../src/model/run-table';
import { SEGMENT_SIZE } from '../columns';
import type { Segment } from '../columns';

/** Reads resource samples from the file. */
export class SampleReader {
  private readonly ofRuns: Database.Statement<[number, number], SampleRow>;
  private readonly newest: Database.Statement<[number, number], SampleRow>;

  constructor(db: Database.Database) {
    const rows = (sql: string) => db.prepare<[number, number], SampleRow>(sql).raw();
    this.ofRuns = rows('SELECT run, at, cpu, rss FROM samples WHERE run >= ? AND run < ? ORDER BY run, at');
    this.newest = rows('SELECT run, at, cpu, rss FROM samples WHERE run = ? AND at <= ? ORDER BY at DESC LIMIT 2');
  }

  /** Of all runs of a segment, by run and instant. */
  in({ firstId }: Segment): Iterable<SampleRow> {
    return this.ofRuns.iterate(firstId, firstId + SEGMENT_SIZE);
  }

  /** Of one run, oldest first. */
  of(run: number): ResourceSample[] {
    return this.ofRuns.all(run, run + 1).map(sampleOf);
  }

  /** The last two up to an instant, oldest first. */
  last(run: number, until: EpochMs): ResourceSample[] {
    return this.newest.all(run, until).reverse().map(sampleOf);
  }
}

function sampleOf([, at, cpu, rss]: SampleRow): ResourceSample {
  return { at, ...(cpu !== null && { cpuSeconds: cpu }), ...(rss !== null && { rssBytes: rss }) };
}
