import { FieldType } from '@grafana/data';
import { RUN_FIELD } from '../../../frames/field-names';
import { textOfValue } from '../../../frames/field-values';
import { factOf, isMergedRow, type RunColumns } from '../../../frames/run-columns';
import { isLifecycleState, LIFECYCLE_STATES, stateOfSubstate, type LifecycleState } from '../../../model/lifecycle';
import type { EpochMs } from '../../../model/units';
import { textFact } from './run-lines';

/**
 * The row of the run that a link asks for, among those that are alive in `[from, to]`. `asked` is
 *
 * - a run's name as alerts write it: its id, and ` #2` behind it for another attempt than the first. An id alone may
 *   also be that of a run of which only later attempts are there: then the newest of them;
 * - else a state or substate (`failed`, `lost`, `running`), and behind it how the run ended (`failed SIGKILL`,
 *   `failed exit 3`), which is a wish: the newest run of that state; of those that have not ended the oldest, because it
 *   is what hangs.
 */
export function rowOfAsked(columns: RunColumns, asked: string, from: EpochMs, to: EpochMs): number | undefined {
  if (asked === '') {
    return undefined;
  }
  // Merged stretches of time are no runs.
  const alive = (row: number): boolean =>
    columns.began[row]! <= to && !(columns.end[row]! < from) && !isMergedRow(columns, row);
  return rowNamed(columns, asked, alive) ?? rowInState(columns, asked, alive);
}

/** Whether exactly one run is meant, and not any of a state. */
export function asksByName(asked: string): boolean {
  return asked !== '' && stateAsked(asked) === undefined;
}

function rowNamed(columns: RunColumns, asked: string, alive: (row: number) => boolean): number | undefined {
  const [, id, number] = /^(.+) #(\d+)$/s.exec(asked) ?? [];
  let found: number | undefined;
  let rank = -1;
  for (const part of columns.parts) {
    const field = part.frame.fields.find(({ name }) => name === RUN_FIELD.runId) ?? part.fields.byFact.runId;
    const values: ArrayLike<unknown> = field?.values ?? [];
    const words = field?.type === FieldType.enum ? field.config.type?.enum?.text : undefined;
    for (let at = 0; at < values.length; at++) {
      const value = words && typeof values[at] === 'number' ? words[values[at] as number] : values[at];
      const text = textOfValue(value);
      const row = part.first + at;
      if ((text !== asked && text !== id) || text === '' || !alive(row)) {
        continue;
      }
      const attempt = columns.attempt?.[row] ?? 1;
      if (text !== asked && attempt !== Number(number)) {
        continue;
      }
      const own = text !== asked || attempt === 1 ? Infinity : attempt;
      // The same name in two sources: the newer run.
      if (own > rank || (own === rank && columns.began[row]! > columns.began[found!]!)) {
        found = row;
        rank = own;
      }
    }
  }
  return found;
}

/** The words of an ask by state: `failed exit 3` is the state `failed` and the end `exit 3`. */
function stateAsked(asked: string): { state: LifecycleState; word: string; ended: string } | undefined {
  const [, word = '', ended = ''] = /^(\w+)(?: (.+))?$/s.exec(asked) ?? [];
  const state = isLifecycleState(word) ? word : stateOfSubstate(word);
  return state && { state, word, ended };
}

function rowInState(columns: RunColumns, asked: string, alive: (row: number) => boolean): number | undefined {
  const wanted = stateAsked(asked);
  if (!wanted) {
    return undefined;
  }
  const { word, ended } = wanted;
  const state = LIFECYCLE_STATES.indexOf(wanted.state);
  const open = wanted.state === 'pending' || wanted.state === 'running';
  const { began, start, end, lost } = columns;
  const isWanted = (row: number): boolean =>
    columns.state[row] === state &&
    alive(row) &&
    ((word === wanted.state && columns.retried[row] !== 1) ||
      (word === 'lost' && lost[row] === 1) ||
      textFact(columns, row, 'substate') === word);
  let found: number | undefined;
  let best = -Infinity;
  for (let row = 0; row < columns.length; row++) {
    if (!isWanted(row)) {
      continue;
    }
    const at = open ? -(start[row] === start[row] ? start[row]! : began[row]!) : end[row] === end[row] ? end[row]! : began[row]!; // prettier-ignore
    // Whoever ended as wished comes before all others.
    const rank = at + (ended !== '' && endsOf(columns, row).includes(ended) ? FIRST : 0);
    if (rank >= best) {
      found = row;
      best = rank;
    }
  }
  return found;
}

/** More than any two instants are apart, and few enough digits to leave milliseconds exact. */
const FIRST = 2 ** 43;

/** How a run ended, in the words of metrics and alerts: `oom`, `lost`, `SIGKILL`, `exit 3`. */
function endsOf(columns: RunColumns, row: number): Array<string | undefined> {
  const code = factOf(columns, row, 'exitCode')?.value;
  return [
    columns.lost[row] === 1 ? 'lost' : textFact(columns, row, 'substate'),
    textFact(columns, row, 'signal'),
    code === undefined ? undefined : `exit ${String(code)}`,
  ];
}
