import type { Target } from './target';

const PLACE = /\{([^{}]+)\}/g;

/**
 * A pattern with what a list says of a target in place of `{target}` (host and port), `{host}`, `{port}` and the names of
 * labels.
 *
 * @param encode what is done to the text of labels, which may hold anything
 * @returns the name of the first that the list does not give, where one is missing
 */
export function fill(
  pattern: string,
  { address, labels }: Target,
  encode: (text: string) => string = (text) => text
): string | { missing: string } {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  const texts = new Map<string, string>([
    ['host', host],
    ...(port === undefined ? [] : ([['port', port]] as const)),
    ...Object.entries(labels).map(([name, text]) => [name, encode(text)] as const),
    ['target', address],
  ]);
  const missing = [...pattern.matchAll(PLACE)].map(([, name = '']) => name).find((name) => !texts.has(name));
  return missing === undefined ? pattern.replace(PLACE, (_, name: string) => texts.get(name) ?? '') : { missing };
}

/** What a pattern looks like once it is filled in, for checks of what surrounds its places. */
export function fillForExample(pattern: string): string {
  return pattern.replace(PLACE, (_, name: string) =>
    name === 'target' ? 'host.example:1234' : name === 'port' ? '1234' : 'x'
  );
}
