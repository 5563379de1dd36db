import type Database from 'better-sqlite3';
import { compileFilter, compileValues } from '../../../src/model/filter';
import { LIFECYCLE_STATES } from '../../../src/model/lifecycle';
import type { Match, TaskFilter } from '../../../src/model/task-query';
import type { TaskRun } from '../../../src/model/task-run';
import type { Budget } from './budget';
import type { ColumnCache } from './column-cache';
import { hashText, KIND_NUMBER, SUBSTATE_NUMBER } from './run-row';
import { selectByHash } from './schema';
import type { Segment } from './segment';
import { ABSENT, SEGMENT_SIZE } from './segment';

/** A run read from the file takes as long as so many steps of other work. */
export const READ_STEPS = 500;

const SUBSTATE_WORDS = [...SUBSTATE_NUMBER.keys()];
const KIND_WORDS = Object.keys(KIND_NUMBER);
/** A failure that was tried again is found by this word in place of its state, as `analysis/` has it. */
const STATE_WORDS = [...LIFECYCLE_STATES, 'retried'];
const RETRIED_PLACE = LIFECYCLE_STATES.length;
const SUBSTATES = SUBSTATE_WORDS.length + 1;

type NameColumn = 'task' | 'worker' | 'host' | 'queue' | 'source';

/**
 * A filter turned into table look-ups: each match is decided once per known word, and a row only looks its word up.
 * What columns do not hold (ids, text) is decided on the run itself, for the rows that are left.
 */
export class RowFilter {
  private readonly byName: Array<{ column: NameColumn; allowed: Uint8Array }> = [];
  private byState: Uint8Array | undefined;
  private byKind: Uint8Array | undefined;
  private readonly byLabel: Array<{ name: string; test: (word: string) => boolean }> = [];
  private readonly onRun: Array<(run: TaskRun) => boolean> = [];
  /** The text that is looked for, as it stands in JSON. */
  private readonly needle: string | undefined;
  /** Ids that can match, where an index told them. */
  private ids: Set<number> | undefined;

  constructor(
    private readonly db: Database.Database,
    private readonly cache: ColumnCache,
    filter: TaskFilter
  ) {
    for (const match of filter.matches) {
      if (match.values.length > 0) {
        this.add(match);
      }
    }
    const onRun = compileFilter({ matches: [], ...(filter.text !== undefined && { text: filter.text }) });
    if (filter.text !== undefined && filter.text.trim() !== '') {
      this.onRun.push(onRun);
      this.needle = JSON.stringify(filter.text.trim().toLowerCase()).slice(1, -1);
    }
  }

  /** Whether rows can be decided without reading the runs. */
  get columnsSuffice(): boolean {
    return this.onRun.length === 0;
  }

  /** Writes the rows that match and were alive in `[from, to)` into `rows`, ascending; returns how many. */
  select(segment: Segment, from: number, to: number, rows: Uint32Array): number {
    const { begin, end, state } = segment;
    let count = 0;
    if (this.ids === undefined) {
      for (let i = this.cache.firstRow(segment); i < segment.length; i++) {
        if (begin[i]! < to && end[i]! >= from && state[i] !== ABSENT) {
          rows[count++] = i;
        }
      }
    } else {
      for (const id of this.ids) {
        const i = id - segment.firstId;
        if (i >= 0 && i < SEGMENT_SIZE && begin[i]! < to && end[i]! >= from && state[i] !== ABSENT) {
          rows[count++] = i;
        }
      }
      rows.subarray(0, count).sort();
    }
    for (const { column, allowed } of this.byName) {
      count = keep(rows, count, segment[column], allowed);
    }
    if (this.byKind !== undefined) {
      count = keep(rows, count, segment.kind, this.byKind);
    }
    if (this.byState !== undefined) {
      const allowed = this.byState;
      const { substate, retried } = segment;
      let kept = 0;
      for (let k = 0; k < count; k++) {
        const i = rows[k]!;
        const is = retried[i] === 1 && end[i]! < Infinity ? RETRIED_PLACE : state[i]!;
        if (allowed[is * SUBSTATES + substate[i]!] === 1) {
          rows[kept++] = i;
        }
      }
      count = kept;
    }
    if (this.byLabel.length > 0) {
      const labels = labelsOf(this.db, this.cache.budget, segment);
      for (const { name, test } of this.byLabel) {
        count = keep(
          rows,
          count,
          labels.of,
          Uint8Array.from(labels.sets, (set) => Number(test(Object.hasOwn(set, name) ? (set[name] ?? '') : '')))
        );
      }
    }
    if (this.onRun.length > 0) {
      count = this.keepByRun(segment, rows, count);
    }
    return count;
  }

  private keepByRun(segment: Segment, rows: Uint32Array, count: number): number {
    const read = this.db.prepare<[number], string>('SELECT run FROM runs WHERE id = ?').pluck();
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const i = rows[k]!;
      const text = read.get(segment.firstId + i);
      if (text === undefined) {
        continue;
      }
      this.cache.budget.spend(READ_STEPS + (text.length >> 4));
      // Most runs do not hold the text anywhere, and need not be parsed to find out where.
      if (this.needle !== undefined && !text.toLowerCase().includes(this.needle)) {
        continue;
      }
      const run = JSON.parse(text) as TaskRun;
      if (this.onRun.every((test) => test(run))) {
        rows[kept++] = i;
      }
    }
    return kept;
  }

  private add(match: Match): void {
    const { field } = match;
    const { budget } = this.cache;
    const test = tester(match, budget);
    switch (field) {
      case 'task':
      case 'worker':
      case 'host':
      case 'queue':
      case 'source':
        this.byName.push({
          column: field,
          allowed: Uint8Array.from(this.cache.names, (name) => Number(test(name ?? ''))),
        });
        return;
      case 'kind': {
        const allowed = Uint8Array.from(['', ...KIND_WORDS], (word) => Number(test(word)));
        this.byKind = this.byKind?.map((before, i) => before & allowed[i]!) ?? allowed;
        return;
      }
      case 'state': {
        // A run matches by its state or its substate; negated, by neither.
        const positive = compileValues(match, budget);
        const negated = match.operator.startsWith('!');
        const allowed = new Uint8Array(STATE_WORDS.length * SUBSTATES);
        STATE_WORDS.forEach((state, s) => {
          for (let sub = 0; sub < SUBSTATES; sub++) {
            const hit = positive(state) || (sub > 0 && positive(SUBSTATE_WORDS[sub - 1]!));
            allowed[s * SUBSTATES + sub] = Number(hit !== negated);
          }
        });
        this.byState = this.byState?.map((before, i) => before & allowed[i]!) ?? allowed;
        return;
      }
      case 'runId':
      case 'rootId':
      case 'traceId':
        if (match.operator === '=') {
          const found = new Set(match.values.flatMap((value) => idsBy(this.db, field, value)));
          const before = this.ids;
          this.ids = before === undefined ? found : new Set([...found].filter((id) => before.has(id)));
        }
        // A run without a root is its own, as `analysis/` has it: asking for a family finds its eldest as well.
        this.onRun.push((run) => test(run[field] ?? (field === 'rootId' ? run.runId : '')));
        return;
      default:
        this.byLabel.push({ name: field.slice('label:'.length), test });
    }
  }
}

/** Ids of the rows that an index gives for a value; some may turn out to be others of the same hash. */
function idsBy(db: Database.Database, field: 'runId' | 'rootId' | 'traceId', value: string): number[] {
  const find = (sql: string): number[] => db.prepare<[number], number>(sql).pluck().all(hashText(value));
  switch (field) {
    case 'runId':
      return find(selectByHash('id'));
    case 'rootId':
      return [...find('SELECT id FROM runs WHERE root = ?'), ...find(selectByHash('id'))];
    case 'traceId':
      return find('SELECT id FROM runs WHERE trace = ?');
  }
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

/** @throws PatternError, RangeError, and what `budget` throws */
export function tester(match: Match, budget: Budget): (word: string) => boolean {
  const holds = compileValues(match, budget);
  const wanted = !match.operator.startsWith('!');
  return (word) => {
    budget.spend(1);
    return holds(word) === wanted;
  };
}

/** The label sets of a segment, read from the file once. */
export function labelsOf(
  db: Database.Database,
  budget: Budget,
  segment: Segment
): { sets: Array<Readonly<Record<string, string>>>; of: Uint32Array } {
  if (segment.labels === undefined) {
    const sets: Array<Readonly<Record<string, string>>> = [{}];
    const numbers = new Map<string, number>();
    const of = new Uint32Array(SEGMENT_SIZE);
    const rows = db
      .prepare<[number, number], [number, string]>(
        "SELECT id, run ->> '$.labels' FROM runs WHERE id >= ? AND id < ? AND run LIKE '%\"labels\":{%'"
      )
      .raw()
      .iterate(segment.firstId, segment.firstId + SEGMENT_SIZE);
    for (const [id, text] of budget.each(rows, READ_STEPS)) {
      if (text === null) {
        continue;
      }
      let number = numbers.get(text);
      if (number === undefined) {
        number = sets.push(JSON.parse(text) as Record<string, string>) - 1;
        numbers.set(text, number);
      }
      of[id - segment.firstId] = number;
    }
    segment.labels = { sets, of };
  }
  return segment.labels;
}
