/**
 * Takes out of a message what differs from run to run, so that the same cause reads the same: numbers, ids, hex, times,
 * addresses, paths and quoted values become placeholders. Letters of every script stay (Chinese messages keep their
 * words).
 *
 * Every pattern below is a sequence of disjoint character classes without nested or adjacent overlapping repetition, and
 * the input is cut before it is looked at, so the cost is linear whatever a message contains.
 */

/** Longest message that is looked at; the cause stands in the first lines. */
const LONGEST_INPUT = 2000;
const LONGEST_LINE = 300;
/** Longest quoted value that is taken out as one. */
const LONGEST_QUOTE = 200;

/** `[pattern, placeholder]`, applied in this order: the longer and more certain shapes first. */
const PLACEHOLDERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s'"<>()，。、）]{1,500}/giu, '<url>'],
  [/\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,63}){1,8}/gu, '<email>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/giu, '<id>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?/gu, '<time>'],
  [/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?\b/gu, '<address>'],
  [/\[?\b[0-9a-f]{1,4}:(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\]?(?::\d{1,5}\b)?/giu, '<address>'],
  [/\b0x[0-9a-f]{1,64}\b/giu, '<hex>'],
  [/\b[A-Za-z]:\\[^\s'"<>|:*?，。、]{1,300}/gu, '<path>'],
  [/(?<![\w.<>/])~?(?:\/[\w.@+%=,#~-]{1,200}){1,64}\/?/gu, '<path>'],
  // Hex digests and object ids: long, and with at least one digit (a word such as "defaced" has none).
  [/\b(?=[a-f]{0,64}\d)[0-9a-f]{7,128}\b/giu, '<id>'],
  // Ids that mix letters and digits, such as "ip-10-2-3-4x7f" or "worker7b2c9".
  [/\b(?=[a-z_-]{0,64}\d)[a-z0-9_-]{16,128}\b/giu, '<id>'],
  [/[+-]?(?<![\p{L}<])\d[\d,]{0,40}(?:\.\d{1,40})?(?:e[+-]?\d{1,4})?/giu, '<n>'],
  // Digits that follow letters: "worker3", "mail-2".
  [/\d{1,40}/gu, '<n>'],
];

const QUOTES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
  ['「', '」'],
  ['『', '』'],
  ['《', '》'],
  ['«', '»'],
]);

/** The first line that says something, without what differs from run to run. */
export function normaliseMessage(message: string): string {
  let line = firstLine(message);
  line = takeOutQuotes(line);
  for (const [pattern, placeholder] of PLACEHOLDERS) {
    line = line.replace(pattern, placeholder);
  }
  return line.replace(/\s{1,300}/gu, ' ').trim();
}

/** The first line with any letter or digit, cut to a sane length, without control characters. */
export function firstLine(message: string): string {
  for (const line of message.slice(0, LONGEST_INPUT).split(/[\r\n\u2028\u2029]/u)) {
    if (/[\p{L}\p{N}]/u.test(line)) {
      return cutWhole(line.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, ' '), LONGEST_LINE).trim();
    }
  }
  return '';
}

/** Cuts without leaving half of a surrogate pair. */
export function cutWhole(text: string, most: number): string {
  if (text.length <= most) {
    return text;
  }
  const cut = text.slice(0, most);
  const last = cut.charCodeAt(most - 1);
  return last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut;
}

/**
 * Quoted values become `<text>`. By hand and not by a pattern: an apostrophe ("can't") opens no quote, and an unclosed
 * quote must not swallow the rest or cost more than one look.
 */
function takeOutQuotes(line: string): string {
  let result = '';
  let at = 0;
  while (at < line.length) {
    const char = line[at] ?? '';
    const closing = QUOTES.get(char);
    const insideWord = at > 0 && /[\p{L}\p{N}]/u.test(line[at - 1] ?? '');
    if (closing === undefined || (insideWord && (char === "'" || char === '’' || char === '‘'))) {
      result += char;
      at += 1;
      continue;
    }
    const end = line.indexOf(closing, at + 1);
    if (end === -1 || end - at > LONGEST_QUOTE) {
      result += char;
      at += 1;
      continue;
    }
    result += '<text>';
    at = end + 1;
  }
  return result;
}
