import React from 'react';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  dateTime,
  EventBusSrv,
  LoadingState,
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  type PanelProps,
} from '@grafana/data';
import { setDataSourceSrv, type DataSourceSrv } from '@grafana/runtime';
import { of, throwError, type Observable } from 'rxjs';
import { answerFromRuns } from '../../../analysis/answer-from-runs';
import { frameWords } from '../../../datasource/frame-words';
import { toFrames } from '../../../frames/to-frames';
import type { TaskQuery } from '../../../model/task-query';
import type { TaskRun } from '../../../model/task-run';
import type { TimelineQuery } from '../details/source-questions';
import { RecordedPath, recordingContext } from '../draw/recording-context.kit';
import { DEFAULT_OPTIONS, type TimelineOptions } from '../options';
import { TimelinePanel } from './timeline-panel';

const FROM = Date.UTC(2026, 0, 1);
const RANGE = { from: FROM, to: FROM + 600_000 };
/** 2,000 runs of 8 ms of one task, of which one failed; two of another. */
const RUNS: TaskRun[] = [
  ...Array.from({ length: 2000 }, (_, i) =>
    run(`mail-${i}`, { task: 'mail', startedAt: FROM + i * 250, finishedAt: FROM + i * 250 + 8 })
  ),
  run('backup-1', { task: 'backup', startedAt: FROM + 5000, finishedAt: FROM + 65_000, worker: 'tape' }),
  run('backup-2', { task: 'backup', startedAt: FROM + 70_000, finishedAt: FROM + 71_000 }),
];
RUNS[777] = { ...RUNS[777]!, state: 'failed', error: { type: 'SMTPError', message: 'mailbox full' } };

function run(runId: string, part: Partial<TaskRun>): TaskRun {
  const at = part.startedAt ?? FROM;
  return {
    source: 'shop',
    runId,
    attempt: 1,
    task: 'mail',
    state: 'completed',
    queuedAt: at,
    observedAt: part.finishedAt ?? at,
    ...part,
  };
}

/** What the data source answers to a query, computed from the runs above. */
function answered(query: Partial<TimelineQuery>): DataFrame[] {
  const { view, filter, limit, sort, cursor } = query;
  const asked = {
    view,
    filter: { matches: [], ...filter },
    groupBy: 'task',
    limit,
    sort,
    cursor,
  } as TaskQuery;
  const answer = answerFromRuns({ query: asked, range: RANGE, step: 1000 }, RUNS, { now: RANGE.to });
  return toFrames(answer, { refId: 'A', range: RANGE, now: RANGE.to, shade: 'dark', words: frameWords() });
}

const TIMELINE: TimelineQuery = {
  refId: 'A',
  datasource: { type: 'runlane-datasource', uid: 'store' },
  view: 'timeline',
  limit: 100,
};
let asked: TimelineQuery[];
let answer: (query: TimelineQuery) => Observable<DataQueryResponse>;

beforeAll(() => {
  Object.assign(globalThis, { Path2D: RecordedPath });
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockImplementation(() => recordingContext().ctx as never);
});
afterAll(() => jest.restoreAllMocks());
beforeEach(() => {
  asked = [];
  answer = (query) => of({ data: answered(query), state: LoadingState.Done });
  setDataSourceSrv({
    getList: () => [],
    getInstanceSettings: () => undefined,
    get: async () => ({
      query: ({ targets }: DataQueryRequest<TimelineQuery>) => {
        asked.push(...targets);
        return answer(targets[0]!);
      },
    }),
  } as unknown as DataSourceSrv);
});

function show(query: TimelineQuery = TIMELINE) {
  const at = { from: dateTime(RANGE.from), to: dateTime(RANGE.to) };
  const range = { ...at, raw: at };
  const props: PanelProps<TimelineOptions> = {
    id: 1,
    data: {
      series: answered(query),
      state: LoadingState.Done,
      timeRange: range,
      request: { requestId: 'Q1', targets: [query], range, scopedVars: {} } as unknown as DataQueryRequest,
    },
    timeRange: range,
    timeZone: 'utc',
    options: DEFAULT_OPTIONS,
    width: 1000,
    height: 500,
    fieldConfig: { defaults: {}, overrides: [] },
    renderCounter: 0,
    title: '',
    eventBus: new EventBusSrv(),
    transparent: false,
    onOptionsChange: jest.fn(),
    onFieldConfigChange: jest.fn(),
    replaceVariables: (text) => text,
    onChangeTimeRange: jest.fn(),
  };
  return { ...render(<TimelinePanel {...props} />), props };
}

const chip = (name: RegExp): HTMLElement => screen.getByRole('button', { name });
const plot = (): HTMLElement => screen.getByRole('application');
const press = (key: string): boolean => fireEvent.keyDown(plot(), { key });
const cellsOf = (row: HTMLElement): string[] =>
  within(row)
    .getAllByRole('cell')
    .map((cell) => cell.textContent?.trim() ?? '');
const bodyRows = (): HTMLElement[] => screen.getAllByRole('row').slice(1);

test('one failed run of 2,000 merged ones is counted as one', () => {
  show();
  expect(chip(/^failed 1$/)).toBeInTheDocument();
  expect(chip(/^completed 2,001$/)).toBeInTheDocument();
});

test('only the crowded lane is merged, which the header says; all tasks and runs are counted', () => {
  const { container } = show();
  expect(screen.getByText('2,002 runs · 2 tasks')).toBeInTheDocument();
  expect(screen.getByText('1 of 2 lanes merged: narrow the range to see single runs')).toBeInTheDocument();
  act(() => plot().focus());
  press('ArrowRight');
  const spoken = (): string => container.querySelector('[aria-live]')?.textContent ?? '';
  expect(spoken()).toMatch(/^mail, completed\. .*Merged runs 776/);
  press('ArrowDown');
  expect(spoken()).toMatch(/^backup, completed\. .*backup-1/);
});

test('Enter on merged runs shows them nearer, where they are seen one by one', () => {
  const { props } = show();
  act(() => plot().focus());
  press('ArrowRight');
  press('Enter');
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(props.onChangeTimeRange).toHaveBeenCalledTimes(1);
});

test('what fails is hidden and the rest of its column stays', async () => {
  show();
  await userEvent.setup().click(chip(/^failed/));
  expect(screen.getByText('2,002 runs · 2 tasks')).toBeInTheDocument();
  expect(chip(/^completed 2,001$/)).toHaveAttribute('aria-pressed', 'true');
});

describe('a search', () => {
  const search = (text: string): Promise<void> => userEvent.setup().type(screen.getByRole('searchbox'), text);

  test.each([
    ['an id', 'mail-1234'],
    ['a worker', 'tape'],
    ['an error', 'mailbox full'],
  ])('for %s finds the run that the panel does not hold', async (_, text) => {
    show();
    await search(text);
    await waitFor(() => expect(asked[asked.length - 1]).toMatchObject({ view: 'timeline', filter: { text } }));
    expect(await screen.findByText('1 run · 1 task')).toBeInTheDocument();
    await waitFor(() => expect(screen.queryByText(/searching at the source/)).toBeNull());
    expect(screen.queryByText(/lanes merged/)).toBeNull();
  });

  test('says that it is asking, and why there is no answer', async () => {
    answer = () => throwError(() => new Error('[task-store] GET /api/v1/timeline did not answer.'));
    show();
    await search('x');
    expect(screen.getByText(/searching at the source/)).toBeInTheDocument();
    // Nothing is known yet: what is here stays.
    expect(screen.getByText('2,002 runs · 2 tasks')).toBeInTheDocument();
    expect(await screen.findByText(/could not be searched: \[task-store\]/)).toBeInTheDocument();
  });

  test('that finds nothing anywhere says how many runs there are', async () => {
    show();
    await search('no such run');
    expect(await screen.findByText('2,002 runs are hidden.')).toBeInTheDocument();
  });

  test('looks at what is here where the panel holds every run', async () => {
    show({ ...TIMELINE, limit: 5000 });
    await search('mail-1234');
    expect(await screen.findByText('1 run · 1 task')).toBeInTheDocument();
    expect(asked).toEqual([]);
  });

  test('of another data source says that it sees names of lanes alone', async () => {
    show({ ...TIMELINE, datasource: { type: 'other', uid: 'x' } });
    await search('mail-1234');
    expect(await screen.findByText(/sees the others by the name of their lane only/)).toBeInTheDocument();
  });
});

describe('the table', () => {
  const open = (): Promise<void> =>
    userEvent.setup().click(screen.getByRole('button', { name: 'Table of the same runs' }));

  test('lists real runs by page from the source', async () => {
    show();
    await open();
    expect(await screen.findByText('Page 1 of 21, 2,002 rows')).toBeInTheDocument();
    expect(bodyRows()).toHaveLength(100);
    expect(cellsOf(bodyRows()[0]!).slice(0, 6)).toEqual([
      'completed',
      'mail',
      'mail-1999',
      '2026-01-01 00:08:19.750',
      '',
      '8 ms',
    ]);
    await userEvent.setup().click(screen.getByRole('button', { name: 'Next page' }));
    expect(await screen.findByText('Page 2 of 21, 2,002 rows')).toBeInTheDocument();
    expect(await screen.findByText('mail-1899')).toBeInTheDocument();
    await userEvent.setup().click(screen.getByRole('button', { name: 'Previous page' }));
    expect(await screen.findByText('mail-1999')).toBeInTheDocument();
  });

  test('is sorted by the source: the longest first, the failed first', async () => {
    show();
    await open();
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Ran' }));
    expect(await screen.findByText('backup-1')).toBeInTheDocument();
    expect(cellsOf(bodyRows()[0]!)[2]).toBe('backup-1');
    expect(screen.getByRole('columnheader', { name: 'Ran' })).toHaveAttribute('aria-sort', 'descending');
    await user.click(screen.getByRole('button', { name: 'State' }));
    expect(await screen.findByText('mail-777')).toBeInTheDocument();
    expect(cellsOf(bodyRows()[0]!)[0]).toBe('failed');
  });

  test('holds the states that are shown', async () => {
    show();
    await open();
    await userEvent.setup().dblClick(chip(/^failed/));
    expect(await screen.findByText('Page 1 of 1, 1 row')).toBeInTheDocument();
  });

  test('sorts what the panel holds, too', async () => {
    show({ ...TIMELINE, limit: 5000 });
    await open();
    await userEvent.setup().click(screen.getByRole('button', { name: 'Ran' }));
    expect(cellsOf(bodyRows()[0]!)[2]).toBe('backup-1');
    expect(asked).toEqual([]);
  });

  test('of another data source holds no merged columns, and says so', async () => {
    show({ ...TIMELINE, datasource: { type: 'other', uid: 'x' } });
    await open();
    expect(screen.getByText('The runs of merged lanes are not in this table')).toBeInTheDocument();
    expect(screen.getByText('Page 1 of 1, 2 rows')).toBeInTheDocument();
  });
});
