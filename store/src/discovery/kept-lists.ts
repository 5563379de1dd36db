import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import type { Target } from './target';

const FORMAT = 1;

/** A source that its list named once. */
export interface GoneSource {
  name: string;
  system: string;
  url?: string;
  foundBy: string;
  everyMs: DurationMs;
  since: EpochMs;
}

/** What a list held when it was sound last. */
export interface KeptList {
  targets: readonly Target[];
  gone: readonly GoneSource[];
}

/**
 * The last sound state of each list, in one small file: a list that is broken while the store starts is read as it was. A file that is
 * lost or damaged costs that, and nothing else.
 */
export class KeptLists {
  private lists: ReadonlyMap<string, KeptList>;

  /** @param warn is told why the file cannot be used */
  constructor(
    private readonly path: string,
    private readonly warn: (message: string) => void
  ) {
    this.lists = this.load();
  }

  read(name: string): KeptList {
    return this.lists.get(name) ?? { targets: [], gone: [] };
  }

  /** Whole or not at all: the file is replaced. */
  write(lists: ReadonlyMap<string, KeptList>): void {
    this.lists = lists;
    try {
      writeFileSync(`${this.path}.new`, JSON.stringify({ v: FORMAT, lists: Object.fromEntries(lists) }));
      renameSync(`${this.path}.new`, this.path);
    } catch (error) {
      this.warn(
        `[discovery] ${this.path} cannot be written (${say(error)}): after a restart nothing is read until the lists are. Make room, or correct its rights.`
      );
    }
  }

  private load(): ReadonlyMap<string, KeptList> {
    try {
      const { v, lists } = JSON.parse(readFileSync(this.path, 'utf8')) as {
        v: number;
        lists: Record<string, KeptList>;
      };
      if (v !== FORMAT) {
        throw new Error(`its format is ${v}, this version reads ${FORMAT}`);
      }
      return new Map(Object.entries(lists));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.warn(`[discovery] ${this.path} cannot be used (${say(error)}). Nothing is read until the lists are.`);
      }
      return new Map();
    }
  }
}

function say(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
