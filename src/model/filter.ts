import { labelOf } from './group-of';
import { compilePattern } from './pattern';
import type { Meter } from './pattern';
import type { Match, TaskFilter } from './task-query';
import { isRetried } from './task-run';
import type { TaskRun } from './task-run';

/** More values in one match than any variable offers. */
export const MOST_VALUES = 1000;
const LONGEST_SEARCH = 1000;

type Test = (run: TaskRun) => boolean;

/**
 * Makes a test of a filter, once for many runs. All matches must hold; a match without values is left out. Regular
 * expressions are anchored: `mail` does not match `mail-2`. A fact that is not reported is matched as `''`.
 *
 * @param meter hears of the work of patterns
 * @throws PatternError for a pattern that cannot be used, RangeError for a filter beyond the limits.
 */
export function compileFilter(filter: TaskFilter, meter?: Meter): Test {
  const tests = filter.matches.filter((match) => match.values.length > 0).map((match) => compileMatch(match, meter));
  const text = filter.text?.trim() ?? '';
  if (text.length > LONGEST_SEARCH) {
    throw new RangeError(
      `[filter] The text searched for has ${text.length} characters, at most ${LONGEST_SEARCH} are read. Search for a part of it.`
    );
  }
  if (text !== '') {
    tests.push(compileText(text));
  }
  return (run) => tests.every((test) => test(run));
}

function compileMatch(match: Match, meter?: Meter): Test {
  const holds = compileValues(match, meter);
  const negated = match.operator === '!=' || match.operator === '!~';
  const { field } = match;
  if (field === 'state') {
    // A run is found by its state and by its substate alike, so "not oom" must look at both.
    return (run) => (holds(stateWord(run)) || (run.substate !== undefined && holds(run.substate))) !== negated;
  }
  const read = reader(field);
  return (run) => holds(read(run)) !== negated;
}

/** A failure that was tried again is found as `retried`, not among the failed: the run did not end there. */
function stateWord(run: TaskRun): string {
  return isRetried(run) ? 'retried' : run.state;
}

/**
 * Makes a test of the values of a match, whatever its field and whether it is negated.
 *
 * @throws PatternError for a pattern that cannot be used, RangeError for more values than are read
 */
export function compileValues(match: Match, meter?: Meter): (value: string) => boolean {
  if (match.values.length > MOST_VALUES) {
    throw new RangeError(
      `[filter] ${match.field} has ${match.values.length} values, at most ${MOST_VALUES} are read. Use a pattern with =~.`
    );
  }
  switch (match.operator) {
    case '=':
    case '!=': {
      const wanted = new Set(match.values);
      return (value) => wanted.has(value);
    }
    case '=~':
    case '!~': {
      const patterns = match.values.map((pattern) => compilePattern(pattern, meter));
      return remembering((value) => patterns.some((pattern) => pattern(value)));
    }
  }
}

/** Few distinct values occur again and again (tasks, workers); ids do not, so the memory is bounded. */
function remembering(test: (value: string) => boolean): (value: string) => boolean {
  const known = new Map<string, boolean>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) {
      return before;
    }
    const result = test(value);
    if (known.size < 1000) {
      known.set(value, result);
    }
    return result;
  };
}

function reader(field: Exclude<Match['field'], 'state'>): (run: TaskRun) => string {
  switch (field) {
    case 'task':
    case 'source':
    case 'runId':
      return (run) => run[field];
    case 'worker':
    case 'host':
    case 'queue':
    case 'kind':
    case 'traceId':
      return (run) => run[field] ?? '';
    case 'rootId':
      // A run without a root is its own: asking for a family finds its eldest as well.
      return (run) => run.rootId ?? run.runId;
    default: {
      const name = field.slice('label:'.length);
      return (run) => labelOf(run, name);
    }
  }
}

function compileText(text: string): Test {
  const wanted = text.toLowerCase();
  const has = (value: string | undefined): boolean => value !== undefined && value.toLowerCase().includes(wanted);
  return (run) => has(run.task) || has(run.runId) || has(run.error?.type) || has(run.error?.message) || has(run.worker);
}
