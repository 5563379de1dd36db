import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readFileList } from './file-list';
import { asLook, ListError } from './target';
import type { Finder } from './target';

const MOST_BYTES = 16 * 1024 ** 2;

/** Lists in files; the last part of a path may hold `*`. */
export function createFileFinder(paths: readonly string[]): Finder {
  return {
    look: async () => {
      const files = [...new Set((await Promise.all(paths.map(filesOf))).flat())];
      const lists = await Promise.all(files.map(async (file) => readFileList(await read(file), file)));
      const notices = files.length === 0 ? [`No file is there that is called ${paths.join(' or ')}.`] : [];
      return asLook(lists.flat(), notices);
    },
  };
}

async function filesOf(path: string): Promise<string[]> {
  const name = basename(path);
  if (!name.includes('*')) {
    return [path];
  }
  const pattern = new RegExp(`^${name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  const folder = dirname(path);
  try {
    return (await readdir(folder))
      .filter((file) => pattern.test(file))
      .sort()
      .map((file) => join(folder, file));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

async function read(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) {
      throw new ListError(
        `${file} has ${size} bytes, at most ${MOST_BYTES} are read. See whether it is a list of targets.`
      );
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    throw error instanceof ListError ? error : unreadable(file, error);
  }
}

function unreadable(path: string, error: unknown): ListError {
  const { code } = error as NodeJS.ErrnoException;
  return new ListError(
    `${path} cannot be read (${code ?? String(error)}). See whether it is there and may be read by the user of the store.`
  );
}
