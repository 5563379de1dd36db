import type { Meter } from '../../../src/model/pattern';
import { ArchiveError } from './archive';
import type { QuestionLimits } from './archive';

/**
 * What the asking thread can tell the one that answers, in the middle of a question. Any number above zero: others wait,
 * make way once it has been worked on for so many ms, those in which the machine was busy with something else not
 * counted.
 */
export const GO_ON = 0;
export const CANCELLED = -1;

/** A step is a few nanoseconds of work; after so many, somebody may be waiting for an end. */
const STEPS_BETWEEN_LOOKS = 100_000;
const MIB = 1024 ** 2;

/** The question gives way to others and is asked again where it keeps nobody waiting. */
export class MadeWay extends ArchiveError {
  constructor() {
    super('busy', 'Other questions wait. Ask again in a moment.');
    this.name = 'MadeWay';
  }
}

/**
 * What is left of the limits of the question under way. A thread answers one question at a time, and everything that
 * works for it spends here: whatever a question asks for, it ends in time and within its memory, and at once when nobody
 * wants the answer any more.
 */
export class Budget implements Meter {
  private limits: QuestionLimits = { maxBytes: Infinity, maxMs: Infinity };
  private bytes = 0;
  private until = Infinity;
  private workedBefore = 0;
  private steps = 0;

  /**
   * @param told what the asking thread says: `GO_ON`, `CANCELLED`, or the ms of work after which to make way
   * @param steady never jumps; ms since some moment
   * @param worked how long this thread has worked; ms since some moment
   */
  constructor(
    private readonly told: () => number = () => GO_ON,
    private readonly steady: () => number = () => performance.now(),
    private readonly worked: () => number = steady
  ) {}

  /** A new question. Without limits, the work of the store itself. */
  begin(limits: QuestionLimits = { maxBytes: Infinity, maxMs: Infinity }): void {
    this.limits = limits;
    this.bytes = 0;
    this.steps = 0;
    this.until = this.steady() + limits.maxMs;
    this.workedBefore = this.worked();
  }

  /**
   * Memory is about to be taken for the answer.
   *
   * @param what what takes it, for the message: "20,000 groups of 300 buckets"
   * @throws ArchiveError when the question would need more than it may
   */
  hold(bytes: number, what?: () => string): void {
    this.bytes += bytes;
    const { maxBytes } = this.limits;
    if (this.bytes > maxBytes) {
      throw new ArchiveError(
        'too-costly',
        `The answer would hold ${what === undefined ? 'too much' : what()}: ${shownMib(this.bytes)} of memory, at most ${shownMib(maxBytes)} are given to one question. Choose a shorter range, a longer step, a smaller limit or a filter, or raise limits.maxAnswer.`
      );
    }
  }

  /** Work was done. Looks around now and then. @throws ArchiveError when the question has to end */
  spend(steps: number): void {
    this.steps += steps;
    if (this.steps >= STEPS_BETWEEN_LOOKS) {
      this.look();
    }
  }

  /** @throws ArchiveError when nobody waits for the answer any more, when others do, or when its time is over */
  look(): void {
    this.steps = 0;
    const told = this.told();
    if (told === CANCELLED) {
      throw new ArchiveError('cancelled', 'Whoever asked has left. Ask again.');
    }
    if (told > GO_ON && this.worked() - this.workedBefore >= told) {
      throw new MadeWay();
    }
    if (this.steady() > this.until) {
      const { maxMs } = this.limits;
      throw new ArchiveError(
        'too-costly',
        `The answer was not ready after ${maxMs / 1000} s. Choose a shorter range, a smaller limit or a narrower filter, or raise limits.maxAnswerTime.`
      );
    }
  }

  /** The same rows; `steps` are spent on each. */
  *each<Row>(rows: Iterable<Row>, steps = 20): Generator<Row> {
    for (const row of rows) {
      this.spend(steps);
      yield row;
    }
  }
}

function shownMib(bytes: number): string {
  return bytes < 10 * MIB
    ? `${(bytes / MIB).toFixed(1)} MiB`
    : `${Math.round(bytes / MIB).toLocaleString('en-US')} MiB`;
}
