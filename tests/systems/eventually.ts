/**
 * Asks again and again until there is an answer; errors while asking count as "not yet".
 * @param what finishes the sentence "in vain waited for …"
 * @throws when `seconds` have passed, with the last error or what `lastSeen` tells
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  { seconds = 60, everyMs = 100, lastSeen }: { seconds?: number; everyMs?: number; lastSeen?: () => string } = {}
): Promise<T> {
  const until = Date.now() + seconds * 1000;
  let error: unknown;
  do {
    try {
      const answer = await probe();
      if (answer !== undefined) {
        return answer;
      }
      error = undefined;
    } catch (caught) {
      error = caught;
    }
    await new Promise((wait) => setTimeout(wait, everyMs));
  } while (Date.now() < until);
  const seen = lastSeen?.() ?? (error instanceof Error ? error.message : '');
  throw new Error(`In vain waited ${seconds} s for ${what}. ${seen}`.trim(), { cause: error });
}
