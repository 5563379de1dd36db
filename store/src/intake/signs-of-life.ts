import type { RunRecord } from '../../../src/model/run-record';
import { isTerminal } from '../../../src/model/lifecycle';
import type { TaskEvent } from '../../../src/model/task-event';
import type { LostConfig } from '../archive/archive';
import { SENDERS_RETURN_MS } from '../archive/archive';
import type { Clock } from '../archive/engine';
import { longestSilence, lostAfter } from './lost-run';

/** When runs that give signs of life were heard of last, by the steady clock, and what their silence means. */
export class SignsOfLife {
  private readonly heardAt = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  heard(key: string): void {
    this.heardAt.set(key, this.clock.steady());
  }

  /** Nothing is owed any more. */
  over(key: string): void {
    this.heardAt.delete(key);
  }

  /**
   * The silence of these runs (of all that are waited for) counts from now on: while the store was away nobody could be
   * heard. And before its senders are back, none of these is lost.
   */
  listenAgain({ afterMs }: LostConfig, keys: Iterable<string> = this.heardAt.keys()): void {
    const heard = this.clock.steady() + Math.max(0, SENDERS_RETURN_MS - afterMs);
    for (const key of keys) {
      this.heardAt.set(key, heard);
    }
  }

  /**
   * The runs that are silent for too long: waited for no longer, those that have not ended with the event that says so.
   *
   * @returns the events, and what takes the conclusion back
   */
  conclude(lost: LostConfig, find: (key: string) => RunRecord | undefined): { events: TaskEvent[]; undo: () => void } {
    const steady = this.clock.steady();
    const events: TaskEvent[] = [];
    const silent: Array<[key: string, heard: number]> = [];
    for (const [key, heard] of this.heardAt) {
      const silence = steady - heard;
      if (silence < lost.afterMs) {
        continue;
      }
      const record = find(key);
      if (record !== undefined && silence < longestSilence(record.run, lost)) {
        continue;
      }
      this.heardAt.delete(key);
      // A run reported as unknown is one that its observer has stopped watching: its silence tells nothing.
      const { run, open } = record ?? {};
      if (run !== undefined && !isTerminal(run.state) && open?.state !== 'unknown') {
        events.push(lostAfter(silence, run, this.clock.now()));
        silent.push([key, heard]);
      }
    }
    return { events, undo: () => silent.forEach(([key, heard]) => this.heardAt.set(key, heard)) };
  }
}
