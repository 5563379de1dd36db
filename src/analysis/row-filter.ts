import { compileFilter, compileValues } from '../model/filter';
import { labelOf } from '../model/group-of';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import type { Meter } from '../model/pattern';
import { ABSENT, idOf } from '../model/run-table';
import type { NameColumn, RunTable, RunTables } from '../model/run-table';
import type { Match, TaskFilter, TimeRange } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import { KIND_NUMBER, SUBSTATE_NUMBER } from '../model/word-numbers';
import type { Classes } from './summary';

const SUBSTATE_WORDS = [...SUBSTATE_NUMBER.keys()];
const KIND_WORDS = Object.keys(KIND_NUMBER);
/** A failure that was tried again is found by this word in place of its state, as `model/filter.ts` has it. */
const STATE_WORDS = [...LIFECYCLE_STATES, 'retried'];
const RETRIED_PLACE = LIFECYCLE_STATES.length;
const SUBSTATES = SUBSTATE_WORDS.length + 1;

/** Columns of words, of runs or of classes of them. */
type Words = Readonly<Record<NameColumn | 'state' | 'substate' | 'kind' | 'retried' | 'end', ArrayLike<number>>>;

let scratch = new Uint32Array(0);

/**
 * A filter turned into table look-ups: each match is decided once per known word, and a row only looks its word up.
 * What columns do not hold (ids, text) is decided on the run itself, for the rows that are left.
 */
export class RowFilter {
  private readonly byName: Array<{ column: NameColumn; test: NameTest }> = [];
  private byState: Uint8Array | undefined;
  private byKind: Uint8Array | undefined;
  private readonly byLabel: Array<{ name: string; test: (word: string) => boolean }> = [];
  private readonly onRun: Array<(run: TaskRun) => boolean> = [];
  /** The text that is looked for. */
  private readonly text: string | undefined;
  /** Ids that can match, where an index told them. */
  private ids: Set<number> | undefined;

  /** @throws PatternError, RangeError for a filter that cannot be used */
  constructor(
    private readonly tables: RunTables,
    { matches, text }: TaskFilter
  ) {
    for (const match of matches) {
      if (match.values.length > 0) {
        this.add(match);
      }
    }
    if (text !== undefined && text.trim() !== '') {
      this.onRun.push(compileFilter({ matches: [], text }));
      this.text = text.trim().toLowerCase();
    }
  }

  /** Whether it looks at nothing but what all runs of a class have in common. */
  get isOfClasses(): boolean {
    const { byName, byLabel, onRun, ids } = this;
    return (
      byLabel.length === 0 &&
      onRun.length === 0 &&
      ids === undefined &&
      byName.every(({ column }) => column === 'task' || column === 'queue' || column === 'source')
    );
  }

  /** The rows that match and were alive in a range, ascending. */
  select(table: RunTable, range: TimeRange): Uint32Array {
    if (scratch.length < table.length) {
      scratch = new Uint32Array(table.length);
    }
    return scratch.slice(0, this.keepAll(table, range, scratch));
  }

  /** The classes that match, where it looks at nothing else. */
  selectClasses(classes: Classes): Uint32Array {
    const places = Uint32Array.from({ length: classes.length }, (_, i) => i);
    const none = new Uint8Array(classes.length);
    const words = { ...classes, worker: none, host: none, retried: none, end: none };
    return places.subarray(0, this.keepByWords(words, places, classes.length));
  }

  private keepAll(table: RunTable, { from, to }: TimeRange, rows: Uint32Array): number {
    let count = this.keepByWords(table, rows, this.alive(table, from, to, rows));
    if (this.byLabel.length > 0) {
      const { sets, of } = this.tables.rows.labels(table);
      for (const { name, test } of this.byLabel) {
        const allowed = Uint8Array.from(sets, (labels) => Number(test(labelOf({ labels }, name))));
        count = keep(rows, count, of, allowed);
      }
    }
    return this.onRun.length === 0 ? count : this.keepByRun(table, rows, count);
  }

  private keepByWords(words: Words, rows: Uint32Array, alive: number): number {
    let count = alive;
    for (const { column, test } of this.byName) {
      count = keep(rows, count, words[column], test.allowed());
    }
    if (this.byKind !== undefined) {
      count = keep(rows, count, words.kind, this.byKind);
    }
    return this.byState === undefined ? count : keepByState(words, rows, count, this.byState);
  }

  private alive({ first, length, firstId, begin, end, state }: RunTable, from: number, to: number, rows: Uint32Array) {
    let count = 0;
    if (this.ids === undefined) {
      for (let i = first; i < length; i++) {
        if (begin[i]! < to && end[i]! >= from && state[i] !== ABSENT) {
          rows[count++] = i;
        }
      }
      return count;
    }
    for (const id of this.ids) {
      const i = id - firstId;
      if (i >= 0 && i < length && begin[i]! < to && end[i]! >= from && state[i] !== ABSENT) {
        rows[count++] = i;
      }
    }
    rows.subarray(0, count).sort();
    return count;
  }

  private keepByRun(table: RunTable, rows: Uint32Array, count: number): number {
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const i = rows[k]!;
      const run = this.tables.rows.run(idOf(table, i), this.text);
      if (run !== undefined && this.onRun.every((test) => test(run))) {
        rows[kept++] = i;
      }
    }
    return kept;
  }

  private add(match: Match): void {
    const { field } = match;
    const { budget, names, rows } = this.tables;
    const test = wordTest(match, budget);
    switch (field) {
      case 'task':
      case 'worker':
      case 'host':
      case 'queue':
      case 'source':
        this.byName.push({ column: field, test: new NameTest(names, test) });
        return;
      case 'kind': {
        const allowed = Uint8Array.from(['', ...KIND_WORDS], (word) => Number(test(word)));
        this.byKind = both(this.byKind, allowed);
        return;
      }
      case 'state':
        this.byState = both(this.byState, allowedStates(match, budget));
        return;
      case 'runId':
      case 'rootId':
      case 'traceId': {
        const found = match.operator === '=' ? match.values.map((value) => rows.idsBy(field, value)) : [undefined];
        if (found.every((ids) => ids !== undefined)) {
          const ids = new Set(found.flat());
          const before = this.ids;
          this.ids = before === undefined ? ids : new Set([...ids].filter((id) => before.has(id)));
        }
        // A run without a root is its own: asking for a family finds its eldest as well.
        this.onRun.push((run) => test(run[field] ?? (field === 'rootId' ? run.runId : '')));
        return;
      }
      default:
        this.byLabel.push({ name: field.slice('label:'.length), test });
    }
  }
}

/** Which names pass a test, each asked once; names may still become more. */
class NameTest {
  private known = new Uint8Array(0);

  constructor(
    private readonly names: readonly string[],
    private readonly test: (name: string) => boolean
  ) {}

  /** 1 for those that pass, by their numbers. */
  allowed(): Uint8Array {
    const { known, names } = this;
    if (known.length < names.length) {
      this.known = Uint8Array.from(names, (name, i) => known[i] ?? Number(this.test(name ?? '')));
    }
    return this.known;
  }
}

/** By state and substate: a run matches by either; negated, by neither. */
function allowedStates(match: Match, budget: Meter): Uint8Array {
  const positive = compileValues(match, budget);
  const negated = match.operator.startsWith('!');
  const allowed = new Uint8Array(STATE_WORDS.length * SUBSTATES);
  STATE_WORDS.forEach((state, s) => {
    for (let sub = 0; sub < SUBSTATES; sub++) {
      const hit = positive(state) || (sub > 0 && positive(SUBSTATE_WORDS[sub - 1]!));
      allowed[s * SUBSTATES + sub] = Number(hit !== negated);
    }
  });
  return allowed;
}

function both(before: Uint8Array | undefined, allowed: Uint8Array): Uint8Array {
  return before === undefined ? allowed : before.map((is, i) => is & allowed[i]!);
}

function keepByState(words: Words, rows: Uint32Array, count: number, allowed: Uint8Array): number {
  const { state, substate, retried, end } = words;
  let kept = 0;
  for (let k = 0; k < count; k++) {
    const i = rows[k]!;
    const is = retried[i] === 1 && end[i]! < Infinity ? RETRIED_PLACE : state[i]!;
    if (allowed[is * SUBSTATES + substate[i]!] === 1) {
      rows[kept++] = i;
    }
  }
  return kept;
}

function keep(rows: Uint32Array, count: number, column: ArrayLike<number>, allowed: Uint8Array): number {
  let kept = 0;
  for (let k = 0; k < count; k++) {
    const i = rows[k]!;
    if (allowed[column[i]!] === 1) {
      rows[kept++] = i;
    }
  }
  return kept;
}

/** Whether a word passes a match, negation included. @throws PatternError, RangeError, and what `budget` throws */
export function wordTest(match: Match, budget: Meter): (word: string) => boolean {
  const holds = compileValues(match, budget);
  const wanted = !match.operator.startsWith('!');
  return (word) => {
    budget.spend(1);
    return holds(word) === wanted;
  };
}
