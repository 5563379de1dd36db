import type Database from 'better-sqlite3';
import { beganAt } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import { SEGMENT_BITS } from './segment';

interface SegmentFacts {
  first: number;
  last: number;
  open: number;
}

/**
 * From when to when the runs of each segment live, and how many of them have not ended: tells readers which segments a
 * range needs. Changes are held until `flush` writes them, within the transaction that writes the runs.
 */
export class SegmentBook {
  private readonly facts = new Map<number, SegmentFacts>();
  private readonly changed = new Set<number>();
  private readonly all: Database.Statement<[], SegmentFacts & { segment: number }>;
  private readonly write: Database.Statement<[number, number, number, number]>;
  private readonly removeBefore: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.all = db.prepare('SELECT segment, first, last, open FROM segments');
    this.write = db.prepare('INSERT OR REPLACE INTO segments (segment, first, last, open) VALUES (?, ?, ?, ?)');
    this.removeBefore = db.prepare('DELETE FROM segments WHERE segment < ?');
    this.reload();
  }

  /** What the file has: after a transaction that failed, memory must not know more. */
  reload(): void {
    this.changed.clear();
    this.facts.clear();
    for (const { segment, first, last, open } of this.all.iterate()) {
      this.facts.set(segment, { first, last, open });
    }
  }

  /** When anything of any run was seen last; 0 where there is no run. */
  get newest(): number {
    return Math.max(0, ...[...this.facts.values()].map(({ last }) => last));
  }

  /** First and last id (exclusive) of each segment that has runs which have not ended. */
  get withOpenRuns(): Array<[from: number, to: number]> {
    return [...this.facts]
      .filter(([, { open }]) => open > 0)
      .map(([segment]) => [segment * 2 ** SEGMENT_BITS, (segment + 1) * 2 ** SEGMENT_BITS]);
  }

  /** The run with this id is now `after`; the file has it as `before`. */
  note(id: number, after: TaskRun, before: TaskRun | undefined): void {
    const segment = segmentOf(id);
    let facts = this.facts.get(segment);
    if (facts === undefined) {
      facts = { first: Infinity, last: 0, open: 0 };
      this.facts.set(segment, facts);
    }
    facts.first = Math.min(facts.first, beganAt(after));
    facts.last = Math.max(facts.last, after.observedAt, after.finishedAt ?? 0);
    facts.open += Number(isOpen(after)) - Number(before !== undefined && isOpen(before));
    this.changed.add(segment);
  }

  /** A run that has not ended got another id. */
  left(id: number): void {
    const segment = segmentOf(id);
    const facts = this.facts.get(segment);
    if (facts !== undefined) {
      facts.open--;
      this.changed.add(segment);
    }
  }

  flush(): void {
    for (const segment of this.changed) {
      const facts = this.facts.get(segment);
      if (facts !== undefined) {
        this.write.run(segment, facts.first, facts.last, facts.open);
      }
    }
    this.changed.clear();
  }

  /** Deletes the segments of which no id is above `upTo` from the file; `forgetBefore` does so in memory, after the commit. */
  deleteBefore(upTo: number): void {
    this.removeBefore.run(segmentOf(upTo));
  }

  forgetBefore(upTo: number): void {
    for (const segment of this.facts.keys()) {
      if (segment < segmentOf(upTo)) {
        this.facts.delete(segment);
      }
    }
  }
}

function isOpen(run: TaskRun): boolean {
  return run.state === 'pending' || run.state === 'running';
}

function segmentOf(id: number): number {
  return Math.floor(id / 2 ** SEGMENT_BITS);
}
