import type Database from 'better-sqlite3';
import type { TaskRun } from '../../../../src/model/task-run';
import type { RunTexts } from './text-blocks';
import { hashText } from './hash-text';
import type { SealedRuns } from './sealed-runs';
import { selectByHash } from './schema';

/** A run as it was found, with the number of it. */
export interface FoundRun extends RunTexts {
  id: number;
  run: string;
}

/** Finds runs by what identifies them, wherever they are: among the loose rows, or in a sealed segment. */
export class RunsByKey {
  private readonly byHash: Database.Statement<[number], FoundRun>;
  private readonly byId: Database.Statement<[number], RunTexts>;
  private readonly isLoose: Database.Statement<[number], number>;
  private readonly byRoot: Database.Statement<[number], number>;
  private readonly byTrace: Database.Statement<[number], number>;
  private readonly idsByHash: Database.Statement<[number], number>;

  /** @param segmentsOf sealed segments that may hold a run with a hash, the newest first; all of them when left out */
  constructor(
    db: Database.Database,
    private readonly sealed: SealedRuns,
    private readonly segmentsOf: (hash: number) => readonly number[] = () =>
      sealed.segments().map(({ segment }) => segment)
  ) {
    const numbers = (sql: string) => db.prepare<[number], number>(sql).pluck();
    this.byHash = db.prepare(selectByHash('id, run, history'));
    this.byId = db.prepare('SELECT run, history FROM runs WHERE id = ?');
    this.isLoose = numbers('SELECT 1 FROM runs WHERE id = ?');
    this.byRoot = numbers('SELECT id FROM runs WHERE root = ?');
    this.byTrace = numbers('SELECT id FROM runs WHERE trace = ?');
    this.idsByHash = numbers(selectByHash('id'));
  }

  texts(id: number): RunTexts | undefined {
    return this.byId.get(id) ?? this.sealed.texts(id);
  }

  /** Attempts of runs whose id has this hash, the newest arrivals first. */
  *withHash(hash: number): Generator<FoundRun> {
    yield* this.byHash.all(hash);
    for (const id of this.sealedIds('runId', hash)) {
      const texts = this.sealed.texts(id);
      if (texts !== undefined) {
        yield { id, ...texts };
      }
    }
  }

  /** The attempts of a run, with how each was found. */
  *attempts(source: string, runId: string): Generator<{ found: FoundRun; run: TaskRun }> {
    for (const found of this.withHash(hashText(runId))) {
      const run = JSON.parse(found.run) as TaskRun;
      if (run.runId === runId && run.source === source) {
        yield { found, run };
      }
    }
  }

  /** Ids of runs with a value; some may turn out to be those of others. */
  idsBy(field: 'runId' | 'rootId' | 'traceId', value: string): number[] {
    const hash = hashText(value);
    switch (field) {
      case 'runId':
        return [...this.idsByHash.all(hash), ...this.sealedIds('runId', hash)];
      case 'rootId':
        return [...this.byRoot.all(hash), ...this.sealedIds('rootId', hash), ...this.idsBy('runId', value)];
      case 'traceId':
        return [...this.byTrace.all(hash), ...this.sealedIds('traceId', hash)];
    }
  }

  private *sealedIds(kind: 'runId' | 'rootId' | 'traceId', hash: number): Generator<number> {
    const segments = kind === 'runId' ? this.segmentsOf(hash) : this.sealed.segments().map(({ segment }) => segment);
    for (const segment of segments) {
      for (const id of this.sealed.find(segment, kind, hash)) {
        if (this.isLoose.get(id) === undefined && !this.sealed.isGone(id)) {
          yield id;
        }
      }
    }
  }
}
