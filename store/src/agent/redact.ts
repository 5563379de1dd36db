/**
 * Takes secrets out of command lines and error texts before they leave the machine. It errs on the side of hiding:
 * a hidden value costs a look at the host, a shown one costs a key rotation.
 */

const HIDDEN = '***';
/** A secret's word stands at the end of a name; more of it need not be looked at. */
const NAME_END = 40;
/** Longer words are cut before they are searched. */
const WORD_LIMIT = 4000;
const SECRET_WORD =
  'pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|credentials?|authorization|auth|bearer|cookie|session[_-]?id|dsn';
/** A name that ends in, or is, a secret's word: `--db-password`, `GITHUB_TOKEN`, `authToken`. */
const SECRET_NAME = new RegExp(`(?:${SECRET_WORD})s?$`, 'i');
const ASSIGNMENT = /^(-{0,2}[A-Za-z_][\w.-]*)([=:])([^]*)$/;

/** Inside longer texts: `password=x`, `"token": "x"`, `Authorization: Bearer x`, `https://u:p@host`, well-known key shapes. */
const IN_TEXT: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@'"]{0,200}):[^\s/@'"]{1,500}@/gi, `$1:${HIDDEN}@`],
  [/\b((?:proxy-)?authorization\s*[:=]\s*)(?:(bearer|basic|digest|token)\s+)?[^\s'",;]+/gi, `$1$2 ${HIDDEN}`],
  [/\b(bearer\s+)[\w.~+/=-]{8,}/gi, `$1${HIDDEN}`],
  [
    new RegExp(
      `((?:^|[^\\w])["']?[\\w.-]{0,40}(?:${SECRET_WORD})s?["']?\\s*[=:]\\s*)(?:"(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s'",;&|)}*]+)`,
      'gi'
    ),
    `$1${HIDDEN}`,
  ],
  [
    new RegExp(
      `((?:^|\\s)--?[\\w-]{0,40}(?:${SECRET_WORD})\\s+)(?:"(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s'"-][^\\s'"]*)`,
      'gi'
    ),
    `$1${HIDDEN}`,
  ],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, HIDDEN],
  [
    /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|sk-[\w-]{16,}|AKIA[0-9A-Z]{16})/g,
    HIDDEN,
  ],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
];

/** Values of environment variables that are secrets by name: a shell has often expanded them into the arguments. */
export function secretValues(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(environment)
    .filter(([name, value]) => value !== undefined && value.length >= 6 && isSecretName(name))
    .map(([, value]) => value as string)
    .sort((a, b) => b.length - a.length);
}

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.slice(-NAME_END));
}

export function redactText(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    clean = clean.replaceAll(secret, HIDDEN);
  }
  for (const [pattern, replacement] of IN_TEXT) {
    clean = clean.replace(pattern, replacement);
  }
  return clean;
}

/** A command line as a person would type it, without the values of secrets, at most `limit` characters. */
export function redactCommand(command: readonly string[], secrets: readonly string[] = [], limit = 2000): string {
  const words: string[] = [];
  let hideNext = false;
  let userNext = false;
  for (const whole of command) {
    const word = whole.slice(0, WORD_LIMIT);
    if (hideNext && !word.startsWith('--')) {
      words.push(HIDDEN);
    } else if (userNext) {
      words.push(quote(word.replace(/:[^]*$/, `:${HIDDEN}`)));
    } else {
      words.push(quote(redactWord(word, secrets)));
    }
    hideNext = /^--?[A-Za-z]/.test(word) && !word.includes('=') && isSecretName(word);
    userNext = word === '-u' || word === '--user';
  }
  return cut(words.join(' '), limit);
}

function redactWord(word: string, secrets: readonly string[]): string {
  const [, name, sign] = ASSIGNMENT.exec(word) ?? [];
  return name !== undefined && !word.includes('://') && isSecretName(name)
    ? `${name}${sign}${HIDDEN}`
    : redactText(word, secrets);
}

function quote(word: string): string {
  return /^[\w@%+=:,./*-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
