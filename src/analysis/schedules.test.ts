import type { ExpectedRuns } from '../health/spec';
import { DEFAULT_HEALTH_SPEC } from '../health/spec';
import type { Match, TaskFilter } from '../model/task-query';
import { answerFromRuns } from './answer-from-runs';
import { schedulesUnder } from './schedules';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;
const ANY: ExpectedRuns = { task: 'report', everyMs: MINUTE, phaseMs: 0, graceMs: 1_000 };
const SHOP: ExpectedRuns = { ...ANY, source: 'shop' };

function under(...matches: Match[]): TaskFilter {
  return { matches };
}

test.each<[string, TaskFilter, ExpectedRuns[]]>([
  ['nothing is filtered', under(), [ANY, SHOP]],
  ['a match has no values', under({ field: 'worker', operator: '=', values: [] }), [ANY, SHOP]],
  ['their task is chosen', under({ field: 'task', operator: '=~', values: ['rep.*'] }), [ANY, SHOP]],
  ['their source is chosen', under({ field: 'source', operator: '=', values: ['shop'] }), [ANY, SHOP]],
  ['another source is chosen', under({ field: 'source', operator: '=', values: ['etl'] }), [ANY]],
  [
    'a worker is chosen: the run may have been on another',
    under({ field: 'worker', operator: '=', values: ['w'] }),
    [],
  ],
  ['a state is chosen', under({ field: 'state', operator: '!=', values: ['completed'] }), []],
  ['text is searched for', { matches: [], text: 'SMTP' }, []],
])('schedules when %s', (_case, filter, expected) => {
  expect(schedulesUnder(filter, [ANY, SHOP])).toEqual(expected);
});

describe('tasks that did not run', () => {
  const groups = (filter: TaskFilter, expected: ExpectedRuns[], limit = 10) => {
    const query = { view: 'health' as const, filter, groupBy: 'task' as const, limit };
    const range = { from: NOW - 10 * MINUTE, to: NOW };
    const healthSpec = { ...DEFAULT_HEALTH_SPEC, expected };
    const answer = answerFromRuns({ query, range, step: MINUTE }, [], { now: NOW, healthSpec });
    return answer.view === 'health' ? answer : undefined;
  };

  it('are told with what was missed, though they have no run', () => {
    const answer = groups(under(), [ANY]);
    expect(answer?.groups).toMatchObject([
      { group: 'report', score: 60, runs: 0, deductions: [{ reason: 'missed_runs', found: 10, of: 10 }] },
    ]);
    expect(answer?.history[0]?.values.at(-1)).toBe(60);
  });

  it('are not told when the filter leaves them out, when nothing can be judged yet, or beyond the limit', () => {
    expect(groups(under({ field: 'task', operator: '=', values: ['mail'] }), [ANY])?.groups).toEqual([]);
    expect(groups(under(), [{ ...ANY, since: NOW - 500 }])?.groups).toEqual([]);
    const cut = groups(under(), [ANY, { ...ANY, task: 'mail' }], 1);
    expect(cut?.groups.map(({ group }) => group)).toEqual(['report']);
    expect(cut?.groupsOmitted).toBe(1);
  });
});
