import type Database from 'better-sqlite3';
import { Segment, SEGMENT_SIZE } from '../columns';
import type { SealedRuns } from './sealed-runs';
import { SEGMENT_COLUMNS, setRow } from './set-row';
import type { NarrowRow } from './set-row';

/** Reads segments from the file: what is sealed of them as it lies, then the rows that are loose, which are newer. */
export class SegmentLoader {
  private readonly loose: Database.Statement<[number, number], NarrowRow>;

  constructor(
    db: Database.Database,
    private readonly sealed: SealedRuns
  ) {
    this.loose = db
      .prepare<[number, number], NarrowRow>(`SELECT ${SEGMENT_COLUMNS} FROM runs WHERE id >= ? AND id < ?`)
      .raw();
  }

  load(number: number): Segment {
    const segment = new Segment(number);
    this.sealed.fill(segment);
    for (const row of this.loose.iterate(segment.firstId, segment.firstId + SEGMENT_SIZE)) {
      setRow(segment, row);
    }
    return segment;
  }
}
