import { PatternError } from '../../../src/model/pattern';
import { ArchiveError } from '../archive/archive';

/** Runs `work`; what it cannot read of a question is told as such. */
export function readable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PatternError || error instanceof RangeError) {
      throw new ArchiveError('bad-query', error.message.replace(/^\[\w+\] /, ''), { cause: error });
    }
    throw error;
  }
}
