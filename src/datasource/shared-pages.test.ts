import type { Connector } from '../connectors/connector';
import type { RunsQuery } from '../model/task-query';
import type { View } from '../model/task-query';
import { ask } from './ask';
import { SharedPages } from './shared-pages';

const signal = new AbortController().signal;
const range = { from: 1_750_000_000_000, to: 1_750_000_060_000 };

function source(part: Partial<Connector> = {}) {
  const asked: RunsQuery[] = [];
  const connector = {
    id: 'flower',
    reports: {},
    runs: async (query: RunsQuery) => {
      asked.push(query);
      const run = (task: string) => ({ source: 's', runId: task, attempt: 1, task, state: 'completed' as const, observedAt: range.from, finishedAt: range.from }); // prettier-ignore
      return { runs: ['mail', 'order', 'report'].map(run), truncated: false, skipped: 0 };
    },
    ...part,
  } as unknown as Connector;
  return { asked, connector };
}

const about = (view: View, ...tasks: string[]) => ({
  query: { view, filter: { matches: [{ field: 'task' as const, operator: '=' as const, values: tasks }] }, limit: 100 },
  range,
  step: 1000,
});

test('panels that filter by different things read the runs once, and each shows its own', async () => {
  const { asked, connector } = source();
  const shared = new SharedPages().of(connector);
  const answers = await Promise.all([
    ask(shared, about('runs', 'mail'), signal),
    ask(shared, about('runs', 'order', 'report'), signal),
    ask(shared, about('states', 'report'), signal),
  ]);
  expect(asked).toHaveLength(1);
  expect(answers.slice(0, 2).map((answer) => answer.view === 'runs' && answer.runs.map(({ task }) => task))).toEqual([
    ['mail'],
    ['order', 'report'],
  ]);
  expect(answers[2]).toMatchObject({ totals: [{ group: 'report', counts: { completed: 1 } }] });
});

test('another range, limit or page is another question', async () => {
  const { asked, connector } = source();
  const shared = new SharedPages().of(connector);
  const query = { filter: { matches: [] }, range, limit: 10 };
  for (const other of [{}, { limit: 20 }, { cursor: '2' }, { range: { ...range, to: range.to + 1 } }, {}]) {
    await shared.runs({ ...query, ...other }, signal);
  }
  expect(asked).toHaveLength(4);
});

test('a source that answers views itself is asked as it was', () => {
  const { connector } = source({ answers: ['states'] });
  expect(new SharedPages().of(connector)).toBe(connector);
});
