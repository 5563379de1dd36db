/** Stacks are hostile input: more lines than this are not looked at, nor longer ones. */
const MOST_LINES = 400;
const LONGEST_LINE = 500;

/**
 * The innermost place of a stack that belongs to the program itself and to no library: `orders/import.py:42 in load_row`.
 * Python writes the innermost call last, all others write it first; of several stacks in one text (a cause and what it
 * led to) the first tells where it began. `undefined` where no line is a place, or all are in libraries.
 */
export function ownFrame(stack: string): string | undefined {
  const lines = stack.split('\n', MOST_LINES).map((line) => line.slice(0, LONGEST_LINE));
  const python = lines.findIndex((line) => PYTHON.test(line));
  if (python >= 0) {
    const ends = lines.findIndex((line, at) => at > python && line !== '' && !/^\s/.test(line));
    const own = lines
      .slice(python, ends < 0 ? undefined : ends)
      .filter((line) => PYTHON.test(line) && !isForeign(line));
    return read(own.at(-1), PYTHON);
  }
  for (const line of lines) {
    const kind = KINDS.find((pattern) => pattern.test(line));
    if (kind !== undefined && !isForeign(line)) {
      return read(line, kind);
    }
  }
  return undefined;
}

const PYTHON = /^\s*File "(?<place>[^"]+)", line (?<line>\d+)(?:, in (?<name>.+))?$/;
/** JavaScript, Java and .NET, Ruby, Go, PHP; each with the place, and the name of the function where it is told. */
const KINDS: readonly RegExp[] = [
  /^\s*at (?<name>[^()]+?) ?\((?<place>[^()]+?):(?<line>\d+)(?::\d+)?\)$/,
  /^\s*at (?:async )?(?<place>[^\s()]+?):(?<line>\d+)(?::\d+)?$/,
  /^\s*at (?<name>\S.*) in (?<place>\S+):line (?<line>\d+)$/,
  /^\s*(?:from )?(?<place>[^\s:]+\.rb):(?<line>\d+):in ['`](?<name>[^'`]+)'/,
  /^\s+(?<place>\S+\.go):(?<line>\d+)(?: \+0x[0-9a-f]+)?$/,
  /^#\d+ (?<place>\S+\.php)\((?<line>\d+)\): (?<name>\S+)/,
];

const FOREIGN =
  /site-packages|dist-packages|node_modules|node:internal|\(node:|at node:|<frozen |<anonymous>|\blib\/python\d|\/gems\/|\/ruby\/\d|\/vendor\/|\/go\/src\/|\/usr\/local\/go\/|\bjava\.base\b|\bat (?:java|javax|sun|jdk|kotlin|scala|org\.springframework)\.|\bSystem\.(?:Threading|Runtime)/;

function isForeign(line: string): boolean {
  return FOREIGN.test(line);
}

function read(line: string | undefined, pattern: RegExp): string | undefined {
  const { place, line: number, name } = (line === undefined ? undefined : pattern.exec(line)?.groups) ?? {};
  if (place === undefined) {
    return undefined;
  }
  // The line that the agent redacted to `file://***/…` says no more with its protocol.
  const path = place.replace(/^file:\/\/(\*\*\*\/)?/, '');
  return `${path}:${number}${name === undefined || name === '<module>' ? '' : ` in ${name.trim()}`}`;
}
