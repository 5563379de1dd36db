import React from 'react';
import { render, screen, within } from '@testing-library/react';
import { dateTime } from '@grafana/data';
import { ENGLISH } from '../../../frames/frame-context';
import { readFamily, readOneRun } from '../../../frames/one-run';
import { oneRunFrames } from '../../../frames/one-run-frames';
import { chosenFrames } from '../../../frames/to-frames';
import type { RunAnswer } from '../../../model/answer';
import type { TaskRun } from '../../../model/task-run';
import { DEFAULT_OPTIONS } from '../options';
import { depthsOf } from './family-depths';
import { FamilyPanel } from './family-panel';
import { RunPage } from './run-page';

const NOW = Date.UTC(2026, 10, 30, 3);
const MINUTE = 60_000;

const run: TaskRun = {
  source: 'shop',
  runId: 'run-d',
  attempt: 1,
  task: 'mail',
  kind: 'process',
  state: 'failed',
  worker: 'worker-9',
  queuedAt: NOW - 5 * MINUTE,
  startedAt: NOW - 4 * MINUTE,
  finishedAt: NOW - 3 * MINUTE,
  observedAt: NOW - 3 * MINUTE,
  exitCode: 1,
  maxRssBytes: 900 * 2 ** 20,
  memoryLimitBytes: 1024 * 2 ** 20,
  error: { type: 'DataError', message: 'row 7 is empty', stack: 'Traceback\n  File "/srv/mail.py", line 3, in send' },
};
const good: TaskRun = { ...run, runId: 'run-a', state: 'completed', error: undefined, exitCode: 0, worker: 'worker-1' };

const FOUND: RunAnswer = {
  view: 'run',
  asked: 'run-d',
  attempts: [
    { run, transitions: [], conflicts: 0, samples: [{ at: NOW - 200_000, cpuSeconds: 1, rssBytes: 2 ** 20 }] },
  ],
  ownFrame: '/srv/mail.py:3 in send',
  usual: [{ figure: 'duration', low: 1000, middle: 2000, high: 3000, runs: 50 }],
  differences: [{ fact: 'worker', own: 'worker-9', good: 'worker-1', seen: 0, of: 50 }],
  others: { lastGood: good, previous: good, firstFailure: { ...run, runId: 'run-b' } },
  streak: { failures: 3, open: false },
  failures: [],
  family: [],
};

function frames(answer: RunAnswer, frame?: string, reports: Record<string, boolean> = {}) {
  const range = { from: NOW - 3_600_000, to: NOW };
  const all = oneRunFrames(answer, { range, now: NOW, shade: 'dark', words: ENGLISH, source: 'Runlane task store', reports }); // prettier-ignore
  return chosenFrames(all, 'run', frame === undefined ? {} : { frame });
}

function show(answer: RunAnswer, { from = NOW - 3_600_000, to = NOW, reports = {} } = {}) {
  const onChangeTimeRange = jest.fn();
  const raw = { from: dateTime(from), to: dateTime(to) };
  render(
    <RunPage
      run={readOneRun(frames(answer, undefined, reports))!}
      now={NOW}
      width={1200}
      height={700}
      timeZone="utc"
      timeRange={{ ...raw, raw }}
      options={DEFAULT_OPTIONS}
      replaceVariables={(text) => text}
      onChangeTimeRange={onChangeTimeRange}
    />
  );
  return onChangeTimeRange;
}

test('the error comes first, with its own place; then what is usual, what differs, and how long it fails', () => {
  show(FOUND);
  const error = screen.getByTestId('run-error');
  expect(error).toHaveTextContent('DataError: row 7 is empty');
  expect(error).toHaveTextContent('at /srv/mail.py:3 in send');
  expect(screen.getByLabelText('Last lines of stderr', { selector: 'pre' })).toHaveTextContent('Traceback');
  expect(screen.getByText('usual 2.0 s')).toHaveAttribute('title', '1.0 s to 3.0 s in 50 good runs before');
  expect(screen.getByText('900 MiB of 1.0 GiB')).toBeInTheDocument();
  expect(screen.getByText('0 of the last 50 good runs were like this', { exact: false })).toBeInTheDocument();
  const others = screen.getByRole('navigation', { name: 'Other runs of this task' });
  expect(others).toHaveTextContent('3 failures in a row');
  // The same run in two parts stands there once.
  expect(within(others).getByText('Last good run, Previous run')).toBeInTheDocument();
  expect(screen.getByRole('img', { name: /Attempt 1 · failed · exit code 1 · worker-9/ })).toBeInTheDocument();
});

test('a run outside of the range is shown all the same, and one click takes its time', () => {
  const onChangeTimeRange = show(FOUND, { from: NOW - 9_000_000, to: NOW - 8_000_000 });
  expect(screen.getByRole('status')).toHaveTextContent(
    'This run is from 2026-11-30 02:55:00 to 2026-11-30 02:57:00: outside of the time range of this dashboard'
  );
  screen.getByRole('button', { name: 'Take its time' }).click();
  expect(onChangeTimeRange).toHaveBeenCalledWith({ from: NOW - 5 * MINUTE - 30_000, to: NOW - 3 * MINUTE + 30_000 });
});

test('what the source does not report is said, not left open', () => {
  const bare = { ...run, worker: undefined, maxRssBytes: undefined, memoryLimitBytes: undefined };
  const reports = { resources: false, workers: false };
  show({ ...FOUND, attempts: [{ ...FOUND.attempts[0]!, run: bare, samples: [] }], others: {} }, { reports });
  expect(screen.getAllByText('not reported by Runlane task store')).toHaveLength(3);
  expect(screen.getByText('CPU and memory are not reported by Runlane task store')).toBeInTheDocument();
  expect(screen.getByText('No good run of this task before it is known')).toBeInTheDocument();
});

const NOT_FOUND: RunAnswer = {
  ...FOUND,
  attempts: [],
  others: {},
  streak: undefined,
  differences: [],
  newestFailures: [run],
};

test.each([
  [undefined, 'No run is chosen'],
  ['nobody', 'No run nobody is known'],
])('without a run (asked for: %s) it says why there is none, and offers failures', (asked, said) => {
  show({ ...NOT_FOUND, asked });
  expect(screen.getByRole('status')).toHaveTextContent(said);
  expect(screen.getByRole('row')).toHaveTextContent('failedmail4 min agoshopDataError: row 7 is empty');
});

describe('the family', () => {
  const member = { source: 'shop', task: 'mail', state: 'completed', attempts: 1, beganAt: NOW - MINUTE, endedAt: NOW } as const; // prettier-ignore
  const many = (count: number) => [
    { ...member, runId: 'top', critical: true },
    ...Array.from({ length: count }, (_, i) => ({ ...member, runId: i === 0 ? 'run-d' : `kid-${i}`, parent: 0 })),
  ];
  const showFamily = (answer: RunAnswer, reports = {}) =>
    render(
      <FamilyPanel
        family={readFamily(frames(answer, 'family', reports))!}
        now={NOW}
        width={1000}
        height={400}
        timeZone="utc"
      />
    );

  test('is a tree with the run itself marked', () => {
    showFamily({ ...FOUND, family: many(3) });
    expect(screen.getAllByRole('treeitem').map((item) => item.getAttribute('aria-level'))).toEqual([
      '1',
      '2',
      '2',
      '2',
    ]);
    expect(screen.getByRole('treeitem', { selected: true })).toHaveAttribute('title', 'mail · run-d · completed');
  });

  test('of ten thousand runs only what is in sight is in the page', () => {
    showFamily({ ...FOUND, family: many(10_000), familyOmitted: 5 });
    expect(screen.getByRole('tree', { name: /10,001 in all/ })).toBeInTheDocument();
    expect(screen.getAllByRole('treeitem').length).toBeLessThan(60);
    expect(screen.getByText(/5 more runs of the family are left out/)).toBeInTheDocument();
  });

  test('that is nobody else says so, or that nobody reports it', () => {
    showFamily({ ...FOUND, family: many(0) });
    expect(screen.getByText('No run asked for this one, and it asked for none')).toBeInTheDocument();
    showFamily({ ...FOUND, family: many(0) }, { parents: false });
    expect(screen.getByText('Parents are not reported by Runlane task store')).toBeInTheDocument();
  });

  test('is indented by who asked for whom', () => {
    expect(depthsOf([{ ...member, runId: 'a' }, { ...member, runId: 'b', parent: 0 }, { ...member, runId: 'c', parent: 1 }, { ...member, runId: 'd', parent: 0 }])).toEqual([0, 1, 2, 1]); // prettier-ignore
  });
});
