import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Cursor } from './cursor';
import type { SourceConfig } from './source-config';

const FORMAT = 1;

interface Entry extends Cursor {
  /** Whose place it is: under the same name, another address is another source. */
  of: string;
}

/**
 * How far each source has been read, in one small file. A file that is lost or damaged costs a second reading of the sources'
 * history, which changes nothing.
 */
export class CursorFile {
  private readonly entries: Map<string, Entry>;

  /** @param warn is told why the file cannot be used */
  constructor(
    private readonly path: string,
    private readonly warn: (message: string) => void
  ) {
    this.entries = this.load();
  }

  read({ name, ...source }: SourceConfig): Cursor {
    const entry = this.entries.get(name);
    if (entry === undefined || entry.of !== placeOf(source)) {
      return {};
    }
    const { of: _, ...cursor } = entry;
    return cursor;
  }

  /** Whole or not at all: the file is replaced. */
  write({ name, ...source }: SourceConfig, cursor: Cursor): void {
    this.entries.set(name, { ...cursor, of: placeOf(source) });
    try {
      writeFileSync(`${this.path}.new`, JSON.stringify({ v: FORMAT, sources: Object.fromEntries(this.entries) }));
      renameSync(`${this.path}.new`, this.path);
    } catch (error) {
      this.warn(
        `[collect] ${this.path} cannot be written (${say(error)}): after a restart the sources are read from further back. Make room, or correct its rights.`
      );
    }
  }

  /** Nobody will read this source again. */
  forget(name: string): void {
    this.entries.delete(name);
  }

  private load(): Map<string, Entry> {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.warn(`[collect] ${this.path} cannot be read (${say(error)}). The sources are read from the beginning.`);
      }
      return new Map();
    }
    try {
      const { v, sources } = JSON.parse(text) as { v: number; sources: Record<string, Entry> };
      if (v !== FORMAT) {
        throw new Error(`its format is ${v}, this version reads ${FORMAT}`);
      }
      return new Map(Object.entries(sources));
    } catch (error) {
      this.warn(`[collect] ${this.path} is damaged (${say(error)}). The sources are read from the beginning.`);
      return new Map();
    }
  }
}

function placeOf({ system, endpoint }: Omit<SourceConfig, 'name'>): string {
  return `${system} ${endpoint?.url ?? ''}`;
}

function say(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
