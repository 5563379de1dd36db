import type { Sealing } from '../archive/archive';
import type { Tended } from './worker-messages';

interface SealingPorts {
  /** Seals a segment. Gives the next one to seal, if any. */
  seal(segment: number): Promise<number | undefined>;
  /** Sums up a segment that was sealed without sums. Gives the next one, if any. */
  sum(segment: number): Promise<number | undefined>;
  /** Told of a failure once, until it works again. */
  warn(message: string): void;
}

/** Seals what has grown old, one segment after another. What fails is tried again with the next call, and told. */
export class SealingWork {
  private under: Promise<void> | undefined;
  private closing = false;
  private failures = 0;
  private problem: string | undefined;

  constructor(private readonly ports: SealingPorts) {}

  get state(): Sealing {
    return { failures: this.failures, ...(this.problem !== undefined && { problem: this.problem }) };
  }

  /** From these segments on, unless that is under way. Never rejects. */
  async run({ sealable, unsummed }: Partial<Pick<Tended, 'sealable' | 'unsummed'>>): Promise<void> {
    if (this.under === undefined && (sealable ?? unsummed) !== undefined && !this.closing) {
      this.under = this.work(sealable, unsummed);
      await this.under;
      this.under = undefined;
    }
  }

  close(): void {
    this.closing = true;
  }

  private async work(sealable: number | undefined, unsummed: number | undefined): Promise<void> {
    try {
      for (let segment = sealable; segment !== undefined && !this.closing;) {
        segment = await this.ports.seal(segment);
      }
      for (let segment = unsummed; segment !== undefined && !this.closing;) {
        segment = await this.ports.sum(segment);
      }
      this.failures = 0;
      this.problem = undefined;
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    // Its threads end with the archive.
    if (this.closing) {
      return;
    }
    this.failures++;
    const why = error instanceof Error ? error.message : String(error);
    const before = this.problem;
    this.problem = `[archive] Old runs cannot be sealed: ${why.replace(/^\[archive\] /, '')} Nothing is lost: they stay as they are, but take several times the room and are slower to read, until it works again; it is tried every few seconds. If its disk is full, make room; if the file is damaged, put a copy from your backup in its place.`;
    if (before === undefined) {
      this.ports.warn(this.problem);
    }
  }
}
