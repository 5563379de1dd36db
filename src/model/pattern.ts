/** Longest pattern that is accepted. */
export const LONGEST_PATTERN = 1000;

/** Most states of one pattern, repetitions written out: bounds the cost of each character looked at. */
const MOST_STATES = 4000;
const MOST_REPEATS = 200;
const DEEPEST = 50;

/** Longest text that is matched as a whole; of a longer one only this much is looked at. */
const LONGEST_TEXT = 4096;

/** A pattern that cannot be used, with the place of the fault. */
export class PatternError extends Error {
  constructor(pattern: string, fact: string) {
    const shown = pattern.length > 80 ? `${pattern.slice(0, 80)}…` : pattern;
    super(`[filter] The pattern "${shown}" cannot be used: ${fact}. Correct it, or match the text with = instead.`);
    this.name = 'PatternError';
  }
}

/** Whoever pays for a question: what is left of its budget. May throw, and so ends the work. */
export interface Meter {
  /** Memory is about to be taken, and by what: "20,000 groups of 300 buckets". */
  hold(bytes: number, what?: () => string): void;
  /** Work was done; a step is a few nanoseconds of it, such as one state that reads one character. */
  spend(steps: number): void;
}

/** For patterns of the operator's own, and where only the asker's own time is at stake. */
export const UNMETERED: Meter = { hold: () => undefined, spend: () => undefined };

/** A state with its test, in bytes. */
const STATE_BYTES = 150;
/** Building a state costs as much as so many steps. */
const STEPS_PER_STATE = 10;
/** Steps after which the meter hears of them, in the middle of a text. */
const STEPS_AT_ONCE = 50_000;

type Test = (codePoint: number) => boolean;

/** What the parser makes: a tree of what may follow what. */
type Node =
  | { kind: 'empty' }
  | { kind: 'one'; test: Test }
  | { kind: 'assert'; holds: (before: number, after: number) => boolean }
  | { kind: 'both'; first: Node; second: Node }
  | { kind: 'either'; first: Node; second: Node }
  | { kind: 'repeat'; node: Node; least: number; most: number };

/**
 * Compiles an anchored regular expression in the syntax that JavaScript, Go (Prometheus) and RE2 share, to a test whose
 * cost is proportional to pattern times text, whatever both contain. The store runs patterns of strangers, and the
 * built-in engine can be made to run for hours by a pattern of ten characters.
 *
 * Method: simulation of the non-deterministic automaton, all states at once (Thompson: "Regular Expression Search
 * Algorithm", CACM 1968). Back references and look-around, which that excludes, are refused as they are in Prometheus.
 *
 * Understood: literals, `.`, `[...]`, `\d \w \s \b` and their opposites, `\t \n \r \f \v \xHH \uHHHH \u{H}`, groups,
 * `|`, `* + ? {n} {n,} {n,m}` and their lazy forms (the same in an anchored test), `^`, `$`, and `(?i)` at the beginning.
 *
 * @param meter hears of all work, while it is done
 * @throws PatternError
 */
export function compilePattern(pattern: string, meter: Meter = UNMETERED): (text: string) => boolean {
  if (pattern.length > LONGEST_PATTERN) {
    throw new PatternError(pattern, `it has ${pattern.length} characters, at most ${LONGEST_PATTERN} are read`);
  }
  const automaton = new Automaton(pattern, new PatternParser(pattern).parse(), meter);
  return (text) => automaton.matches(text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text);
}

const BORDER = -1;

function isWord(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

function isSpace(c: number): boolean {
  return c === 32 || (c >= 9 && c <= 13) || c === 0xa0 || c === 0xfeff || c === 0x2028 || c === 0x2029 || c === 0x3000;
}

function not(test: Test): Test {
  return (c) => !test(c);
}

const CLASS_ESCAPES: ReadonlyMap<string, Test> = new Map([
  ['d', isDigit],
  ['D', not(isDigit)],
  ['w', isWord],
  ['W', not(isWord)],
  ['s', isSpace],
  ['S', not(isSpace)],
]);

const CONTROL_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
]);

class PatternParser {
  private readonly chars: string[];
  private at = 0;
  private ignoreCase = false;

  constructor(private readonly pattern: string) {
    this.chars = [...pattern];
  }

  parse(): Node {
    if (this.pattern.startsWith('(?i)')) {
      this.ignoreCase = true;
      this.at = 4;
    }
    const node = this.alternatives(0);
    if (this.at < this.chars.length) {
      throw this.fault('a ) has no ( before it');
    }
    return node;
  }

  private alternatives(depth: number): Node {
    if (depth > DEEPEST) {
      throw this.fault(`groups are nested deeper than ${DEEPEST}`);
    }
    const options: Node[] = [this.sequence(depth)];
    while (this.chars[this.at] === '|') {
      this.at += 1;
      options.push(this.sequence(depth));
    }
    return balanced('either', options);
  }

  private sequence(depth: number): Node {
    const parts: Node[] = [];
    for (;;) {
      const char = this.chars[this.at];
      if (char === undefined || char === '|' || char === ')') {
        return parts.length === 0 ? { kind: 'empty' } : balanced('both', parts);
      }
      parts.push(this.repeated(this.atom(char, depth)));
    }
  }

  private atom(char: string, depth: number): Node {
    this.at += 1;
    switch (char) {
      case '(': {
        if (this.chars[this.at] === '?') {
          this.at += 1;
          const mark = this.chars[this.at];
          if (mark !== ':') {
            throw this.fault(`(?${mark ?? ''} is not understood; only (?: and a leading (?i) are`);
          }
          this.at += 1;
        }
        const node = this.alternatives(depth + 1);
        if (this.chars[this.at] !== ')') {
          throw this.fault('a ( is not closed');
        }
        this.at += 1;
        return node;
      }
      case '[':
        return { kind: 'one', test: this.set() };
      case '.':
        return { kind: 'one', test: (c) => c !== 10 };
      case '^':
        return { kind: 'assert', holds: (before) => before === BORDER };
      case '$':
        return { kind: 'assert', holds: (_, after) => after === BORDER };
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        throw this.fault(`${char} has nothing before it to repeat`);
      default:
        return { kind: 'one', test: this.equals(code(char)) };
    }
  }

  private escape(): Node {
    const char = this.chars[this.at];
    if (char === 'b' || char === 'B') {
      this.at += 1;
      const wanted = char === 'b';
      return { kind: 'assert', holds: (before, after) => (isWord(before) !== isWord(after)) === wanted };
    }
    const test = char === undefined ? undefined : CLASS_ESCAPES.get(char);
    if (test !== undefined) {
      this.at += 1;
      return { kind: 'one', test };
    }
    return { kind: 'one', test: this.equals(this.escapedChar()) };
  }

  /** The character that an escape stands for; `at` is behind the backslash. */
  private escapedChar(): number {
    const char = this.chars[this.at];
    if (char === undefined) {
      throw this.fault('it ends with a single \\');
    }
    this.at += 1;
    const control = CONTROL_ESCAPES.get(char);
    if (control !== undefined) {
      return control;
    }
    if (char === 'x' || char === 'u') {
      return this.hexChar(char);
    }
    if (/[\p{L}\p{N}]/u.test(char)) {
      throw this.fault(
        /[1-9]/.test(char) ? `\\${char} refers back, which is not supported` : `\\${char} is not understood`
      );
    }
    return code(char);
  }

  private hexChar(kind: 'x' | 'u'): number {
    let digits = '';
    if (kind === 'u' && this.chars[this.at] === '{') {
      const end = this.chars.indexOf('}', this.at);
      digits = end === -1 ? '' : this.chars.slice(this.at + 1, end).join('');
      this.at = end + 1;
    } else {
      const length = kind === 'x' ? 2 : 4;
      digits = this.chars.slice(this.at, this.at + length).join('');
      this.at += length;
      digits = digits.length === length ? digits : '';
    }
    const value = /^[0-9a-fA-F]{1,6}$/.test(digits) ? parseInt(digits, 16) : Infinity;
    if (value > 0x10ffff) {
      throw this.fault(`\\${kind} needs hexadecimal digits behind it`);
    }
    return value;
  }

  private set(): Test {
    const negated = this.chars[this.at] === '^';
    if (negated) {
      this.at += 1;
    }
    const tests: Test[] = [];
    for (let first = true; ; first = false) {
      const char = this.chars[this.at];
      if (char === undefined) {
        throw this.fault('a [ is not closed');
      }
      if (char === ']' && !first) {
        this.at += 1;
        break;
      }
      tests.push(this.setMember());
    }
    const any: Test = (c) => tests.some((test) => test(c));
    return negated ? not(any) : any;
  }

  private setMember(): Test {
    const low = this.setChar();
    if (typeof low === 'function') {
      return low;
    }
    if (this.chars[this.at] !== '-' || this.chars[this.at + 1] === ']' || this.chars[this.at + 1] === undefined) {
      return this.equals(low);
    }
    this.at += 1;
    const high = this.setChar();
    if (typeof high === 'function' || high < low) {
      throw this.fault('a range in [ ] runs backwards or has no end');
    }
    if (!this.ignoreCase) {
      return (c) => c >= low && c <= high;
    }
    return (c) => bothCases(c).some((form) => form >= low && form <= high);
  }

  private setChar(): number | Test {
    const char = this.chars[this.at] ?? '';
    this.at += 1;
    if (char !== '\\') {
      return code(char);
    }
    const escaped = this.chars[this.at];
    const test = escaped === undefined ? undefined : CLASS_ESCAPES.get(escaped);
    if (test !== undefined) {
      this.at += 1;
      return test;
    }
    return this.escapedChar();
  }

  private repeated(node: Node): Node {
    const bounds = this.bounds();
    if (bounds === undefined) {
      return node;
    }
    if (this.chars[this.at] === '?') {
      this.at += 1;
    }
    if (this.bounds() !== undefined) {
      throw this.fault('two repetitions follow each other');
    }
    return { kind: 'repeat', node, least: bounds[0], most: bounds[1] };
  }

  private bounds(): readonly [number, number] | undefined {
    const char = this.chars[this.at];
    const simple = char === '*' ? ([0, Infinity] as const) : char === '+' ? ([1, Infinity] as const) : undefined;
    if (simple !== undefined || char === '?') {
      this.at += 1;
      return simple ?? [0, 1];
    }
    if (char !== '{') {
      return undefined;
    }
    const text = this.chars.slice(this.at, this.at + 12).join('');
    const found = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(text);
    if (found === null) {
      return undefined;
    }
    this.at += found[0].length;
    const least = Number(found[1]);
    const most = found[2] === undefined ? least : found[3] === '' ? Infinity : Number(found[3]);
    if (most < least || least > MOST_REPEATS || (most !== Infinity && most > MOST_REPEATS)) {
      throw this.fault(`${found[0]} is no repetition of 0 to ${MOST_REPEATS} times`);
    }
    return [least, most];
  }

  private equals(wanted: number): Test {
    if (!this.ignoreCase) {
      return (c) => c === wanted;
    }
    const forms = bothCases(wanted);
    return (c) => forms.includes(c);
  }

  private fault(fact: string): PatternError {
    return new PatternError(this.pattern, `at character ${this.at + 1}, ${fact}`);
  }
}

function code(char: string): number {
  return char.codePointAt(0) ?? 0;
}

function bothCases(c: number): number[] {
  const char = String.fromCodePoint(c);
  return [c, code(char.toLowerCase()), code(char.toUpperCase())];
}

/** Joins many nodes so that the tree stays flat: depth log n, however long a pattern is. */
function balanced(kind: 'both' | 'either', nodes: readonly Node[]): Node {
  if (nodes.length === 1 && nodes[0] !== undefined) {
    return nodes[0];
  }
  const half = nodes.length >> 1;
  return { kind, first: balanced(kind, nodes.slice(0, half)), second: balanced(kind, nodes.slice(half)) };
}

/** A state reads one character (`test`), or passes on at once to one or two others, where `holds` allows it. */
interface State {
  test?: Test;
  holds?: (before: number, after: number) => boolean;
  next: number;
  other: number;
}

const NONE = -1;

class Automaton {
  private readonly states: State[] = [];
  private readonly start: number;
  private readonly accept: number;

  constructor(
    private readonly pattern: string,
    root: Node,
    private readonly meter: Meter
  ) {
    this.accept = this.add({ next: NONE, other: NONE });
    this.start = this.build(root, this.accept);
  }

  matches(text: string): boolean {
    const { states, accept } = this;
    // The step at which a state was last entered, so that no set needs clearing.
    const entered = new Int32Array(states.length).fill(-1);
    let current: number[] = [];
    let before = BORDER;
    let after = text.codePointAt(0) ?? BORDER;
    let step = 0;
    // Clearing `entered` is work too.
    let steps = states.length >> 4;
    this.enter(this.start, current, entered, step, before, after);
    for (let at = 0; at < text.length;) {
      steps += current.length;
      if (steps >= STEPS_AT_ONCE) {
        this.meter.spend(steps);
        steps = 0;
      }
      const char = after;
      at += char > 0xffff ? 2 : 1;
      before = char;
      after = text.codePointAt(at) ?? BORDER;
      step += 1;
      const following: number[] = [];
      for (const index of current) {
        const state = states[index];
        if (state?.test !== undefined && state.test(char)) {
          this.enter(state.next, following, entered, step, before, after);
        }
      }
      if (following.length === 0) {
        this.meter.spend(steps);
        return false;
      }
      current = following;
    }
    this.meter.spend(steps + current.length);
    return entered[accept] === step;
  }

  /** Enters a state and all that follow it without reading; by a stack, because chains can be thousands long. */
  private enter(first: number, list: number[], entered: Int32Array, step: number, before: number, after: number): void {
    const stack = [first];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      const state = this.states[index];
      if (state === undefined || entered[index] === step) {
        continue;
      }
      entered[index] = step;
      list.push(index);
      if (state.test !== undefined || (state.holds !== undefined && !state.holds(before, after))) {
        continue;
      }
      if (state.next !== NONE) {
        stack.push(state.next);
      }
      if (state.other !== NONE) {
        stack.push(state.other);
      }
    }
  }

  /** Builds the states of `node` in front of `next` and returns the first of them. */
  private build(node: Node, next: number): number {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'one':
        return this.add({ test: node.test, next, other: NONE });
      case 'assert':
        return this.add({ holds: node.holds, next, other: NONE });
      case 'both':
        return this.build(node.first, this.build(node.second, next));
      case 'either': {
        const second = this.build(node.second, next);
        return this.add({ next: this.build(node.first, next), other: second });
      }
      case 'repeat':
        return this.buildRepeat(node.node, node.least, node.most, next);
    }
  }

  private buildRepeat(node: Node, least: number, most: number, next: number): number {
    let first = next;
    if (most === Infinity) {
      const loop = this.add({ next: NONE, other: next });
      const body = this.build(node, loop);
      const state = this.states[loop];
      if (state !== undefined) {
        state.next = body;
      }
      first = loop;
    } else {
      for (let i = least; i < most; i++) {
        first = this.add({ next: this.build(node, first), other: next });
      }
    }
    for (let i = 0; i < least; i++) {
      first = this.build(node, first);
    }
    return first;
  }

  private add(state: State): number {
    if (this.states.length >= MOST_STATES) {
      throw new PatternError(this.pattern, `its repetitions come to more than ${MOST_STATES} steps`);
    }
    this.meter.hold(STATE_BYTES);
    this.meter.spend(STEPS_PER_STATE);
    this.states.push(state);
    return this.states.length - 1;
  }
}
