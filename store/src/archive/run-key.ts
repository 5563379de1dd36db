import { ArchiveError } from './archive';

/** The parts of a key that `runKey` made. @throws ArchiveError for any other text. */
export function partsOfKey(key: string): { source: string; runId: string; attempt: number } {
  const [source, runId, attempt] = key.split('\n');
  if (source === undefined || runId === undefined || attempt === undefined) {
    throw new ArchiveError(
      'bad-query',
      `"${key}" is no key of a run. Want source, run id and attempt, joined by line feeds (%0A).`
    );
  }
  return { source, runId, attempt: Number(attempt) };
}
