import type { RunRecord } from '../../../src/model/run-record';
import { isTerminal } from '../../../src/model/lifecycle';
import type { ChangedRun, WritePort } from '../archive/engine';

/** Runs kept decoded for the events to come; others are read back from the engine when an event asks for them. */
const MAX_HELD = 100_000;
/** Ended runs are asked for by late events only, which come soon if at all. */
const MAX_ENDED_HELD = 5_000;

/** A run in memory. */
export interface HeldRun extends ChangedRun {
  readonly key: string;
  /** Whether it is to be written. */
  dirty: boolean;
  /** Whether it is in the line of ended runs. */
  ended: boolean;
}

/** The runs that events change, as many as memory should hold. */
export class HeldRuns {
  private readonly held = new Map<string, HeldRun>();
  private ended: HeldRun[] = [];
  private endedFrom = 0;

  constructor(private readonly engine: Pick<WritePort, 'load'>) {}

  /** The run of the key, from memory or from the engine. */
  find(key: string): HeldRun | undefined {
    const held = this.held.get(key);
    if (held !== undefined) {
      return held;
    }
    const kept = this.engine.load(key);
    if (kept === undefined) {
      return undefined;
    }
    const { id, record, beats } = kept;
    return this.remember({ id, record, written: record, beats, dirty: false, ended: false, key });
  }

  /** A run that the engine does not have yet. */
  add(key: string, record: RunRecord, beats: boolean): HeldRun {
    return this.remember({ id: 0, record, written: undefined, beats, dirty: false, ended: false, key });
  }

  /** The engine has the runs as they are now. */
  wrote(runs: readonly HeldRun[]): void {
    for (const held of runs) {
      held.written = held.record;
      held.dirty = false;
      if (isTerminal(held.record.run.state) && !held.ended) {
        held.ended = true;
        this.ended.push(held);
      }
    }
    while (this.ended.length - this.endedFrom > MAX_ENDED_HELD) {
      const oldest = this.ended[this.endedFrom++]!;
      oldest.ended = false;
      if (isTerminal(oldest.record.run.state)) {
        this.held.delete(oldest.key);
      }
    }
    if (this.endedFrom > MAX_ENDED_HELD) {
      this.ended.splice(0, this.endedFrom);
      this.endedFrom = 0;
    }
  }

  /** The engine knows the run by another number. */
  renumber(key: string, id: number): void {
    const held = this.held.get(key);
    if (held !== undefined) {
      held.id = id;
    }
  }

  forget(key: string): void {
    this.held.delete(key);
  }

  /** Everything held may rest on what was not written; runs are read again as events ask for them. */
  clear(): void {
    this.held.clear();
    this.ended = [];
    this.endedFrom = 0;
  }

  private remember(run: HeldRun): HeldRun {
    this.held.set(run.key, run);
    if (this.held.size > MAX_HELD) {
      for (const [oldest, candidate] of this.held) {
        if (this.held.size <= MAX_HELD * 0.9) {
          break;
        }
        if (!candidate.dirty) {
          this.held.delete(oldest);
        }
      }
    }
    return run;
  }
}
