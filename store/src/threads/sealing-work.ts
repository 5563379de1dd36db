import type { Sealing } from '../archive/archive';
import type { SealedParts } from '../archive/sqlite/seal';

interface SealingPorts {
  /** Makes what a segment is sealed as; `undefined` when there is nothing to seal any more. */
  seal(segment: number): Promise<SealedParts | undefined>;
  /** Puts it in the place of the segment. Gives the next segment to seal. */
  take(parts: SealedParts): Promise<number | undefined>;
  /** Told of a failure once, until sealing works again. */
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

  /** From this segment on, unless that is under way. Never rejects. */
  async run(first: number | undefined): Promise<void> {
    if (this.under === undefined && first !== undefined && !this.closing) {
      this.under = this.sealFrom(first);
      await this.under;
      this.under = undefined;
    }
  }

  close(): void {
    this.closing = true;
  }

  private async sealFrom(first: number): Promise<void> {
    try {
      for (let segment: number | undefined = first; segment !== undefined && !this.closing;) {
        const parts: SealedParts | undefined = await this.ports.seal(segment);
        segment = parts === undefined ? undefined : await this.ports.take(parts);
        this.failures = 0;
        this.problem = undefined;
      }
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
