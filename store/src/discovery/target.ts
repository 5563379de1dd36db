/** One entry of a list: where something answers, and what the list says of it. */
export interface Target {
  /** `10.0.0.7:5555`, `[::1]:5555`. */
  address: string;
  labels: Readonly<Record<string, string>>;
}

/** What a look at a list found. */
export interface Look {
  targets: Target[];
  /** Whole sentences: entries that were left out, and a list that is empty. */
  notices: string[];
}

/** Where sources are looked for. */
export interface Finder {
  /** @throws ListError, or ConnectorError, when the list cannot be read; it is then worth nothing at all */
  look(signal: AbortSignal): Promise<Look>;
}

/** Says where a list is broken, what was found there, and what to do. */
export class ListError extends Error {}

const MOST_TARGETS = 200;

/** An entry that is no more than a host and a port: a list names where to go, and nothing else of an address. */
export function isAddress(text: string): boolean {
  return /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?)(:\d{1,5})?$/.test(text);
}

/** The list as it is taken: each entry once, and not more than are read. */
export function asLook(targets: readonly Target[], notices: readonly string[]): Look {
  const once = [...new Map(targets.map((target) => [keyOf(target), target])).values()];
  const left = once.length - MOST_TARGETS;
  return {
    targets: once.slice(0, MOST_TARGETS),
    notices:
      left > 0
        ? [
            ...notices,
            `The list has ${once.length} entries, of which the first ${MOST_TARGETS} are taken. Make two lists of it.`,
          ]
        : [...notices],
  };
}

/** What makes a target the same target. */
export function keyOf({ address, labels }: Target): string {
  return JSON.stringify([address, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
