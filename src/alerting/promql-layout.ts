/** Lines of PromQL are broken above this length, indentation included. */
const WIDTH = 110;

/** Binary operators, those that bind loosest first. */
const OPERATORS: readonly RegExp[] = [
  / (?=or )/y,
  / (?=(?:and|unless) )/y,
  / (?=(?:[<>]=?|[=!]=) )/y,
  / (?=[+-] )/y,
  / (?=[*/] )/y,
];

/**
 * An expression on several lines, for people to read. Only spaces at which PromQL allows a line feed become one, and
 * groups in parentheses get lines of their own; nothing else changes.
 */
export function layOut(expr: string): string {
  return lines(expr, 0).join('\n');
}

function lines(expr: string, indent: number): string[] {
  const pad = '  '.repeat(indent);
  if (pad.length + expr.length <= WIDTH) {
    return [pad + expr];
  }
  for (const operator of OPERATORS) {
    const parts = splitAt(expr, operator);
    if (parts.length > 1) {
      return parts.flatMap((part) => lines(part, indent));
    }
  }
  const group = longestGroup(expr);
  if (group === undefined) {
    return [pad + expr];
  }
  const [open, close] = group;
  const args = splitAt(expr.slice(open + 1, close), /(?<=,) /y).map((arg) => lines(arg, indent + 1));
  return [pad + expr.slice(0, open + 1), ...joinShort(args), pad + expr.slice(close)];
}

/** Arguments of one line each stand together, as many as fit. */
function joinShort(args: readonly string[][]): string[] {
  return args.reduce<string[]>((joined, arg, i) => {
    const [line] = arg;
    const last = joined.at(-1);
    const fits = last !== undefined && line !== undefined && arg.length === 1 && args[i - 1]?.length === 1;
    const together = fits ? `${last} ${line.trimStart()}` : '';
    return fits && together.length <= WIDTH ? [...joined.slice(0, -1), together] : [...joined, ...arg];
  }, []);
}

/** The pieces between separators that are in no parentheses, braces or quotes. Each operator leads its piece. */
function splitAt(expr: string, separator: RegExp): string[] {
  const parts: string[] = [];
  let from = 0;
  walk(expr, (at, depth) => {
    separator.lastIndex = at;
    if (depth === 0 && at > 0 && separator.test(expr)) {
      parts.push(expr.slice(from, at));
      from = at + 1;
    }
  });
  return [...parts, expr.slice(from)];
}

function longestGroup(expr: string): [open: number, close: number] | undefined {
  let best: [number, number] | undefined;
  let open = 0;
  walk(expr, (at, depth) => {
    if (depth === 0 && expr[at] === '(') {
      open = at;
    } else if (depth === 1 && expr[at] === ')' && at - open > (best === undefined ? 2 : best[1] - best[0])) {
      best = [open, at];
    }
  });
  return best;
}

/** Visits every character outside of quotes with the number of brackets that are open before it. */
function walk(expr: string, visit: (at: number, depth: number) => void): void {
  let depth = 0;
  for (let at = 0; at < expr.length; at++) {
    const char = expr[at];
    if (char === '"') {
      at = endOfString(expr, at);
      continue;
    }
    visit(at, depth);
    if (char === '(' || char === '{' || char === '[') {
      depth += 1;
    } else if (char === ')' || char === '}' || char === ']') {
      depth -= 1;
    }
  }
}

function endOfString(expr: string, from: number): number {
  let at = from + 1;
  while (at < expr.length && expr[at] !== '"') {
    at += expr[at] === '\\' ? 2 : 1;
  }
  return at;
}
