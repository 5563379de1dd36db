import { writeSync } from 'node:fs';

/**
 * The agent's own words to the user, on stderr and rare: each sentence once, at most a handful per run, so that the
 * wrapped command's output stays readable. It never throws: stderr may be closed.
 */
export interface Notices {
  tell(sentence: string): void;
}

const AT_MOST = 6;

export function createNotices(quiet: boolean, write: (text: string) => void = writeToStderr): Notices {
  const told = new Set<string>();
  return {
    tell: (sentence) => {
      if (!quiet && told.size < AT_MOST && !told.has(sentence)) {
        told.add(sentence);
        write(`[runlane] ${sentence}\n`);
      }
    },
  };
}

function writeToStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody is there to read it.
  }
}
