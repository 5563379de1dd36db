import React from 'react';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import {
  createTheme,
  DataHoverClearEvent,
  DataHoverEvent,
  dateTime,
  EventBusSrv,
  FieldType,
  getDefaultTimeRange,
  LoadingState,
  toDataFrame,
} from '@grafana/data';
import type { DataFrame, PanelProps } from '@grafana/data';
import { ENGLISH } from '../../frames/frame-context';
import { healthFrames } from '../../frames/health-frames';
import { staleFrames } from '../../frames/staleness';
import type { HealthAnswer, HealthScore } from '../../model/answer';
import { HealthPanel } from './health-panel';
import { DEFAULT_OPTIONS } from './options';
import type { HealthOptions } from './options';

const T0 = Date.UTC(2026, 0, 1, 9, 0);
const MINUTE = 60_000;
const RANGE = { from: T0, to: T0 + 60 * MINUTE };

const BAD: HealthScore = {
  group: 'email.send',
  score: 41,
  notEnoughData: false,
  runs: 186,
  failed: 41,
  deductions: [
    {
      reason: 'failures',
      points: 34,
      found: 0.22,
      allowed: 0.02,
      of: 186,
      runKeys: ['celery\nr<b>1\n2', 'celery\nr2\n1'],
    },
    { reason: 'too_slow', points: 12, found: 12_000, allowed: 6000, of: 145, runKeys: ['celery\nr3\n1'] },
    { reason: 'oldest_pending', points: 8, found: 240_000, allowed: 60_000, of: 38, runKeys: [] },
    { reason: 'lost_runs', points: 5, found: 1 / 186, allowed: 0, of: 186, runKeys: ['celery\nr4\n1'] },
  ],
  fine: ['abnormal_exits', 'wait', 'too_fast'],
  unchecked: ['silent_workers', 'missed_runs'],
  uncheckedWhy: { silent_workers: 'not_reported', missed_runs: 'not_configured' },
  since: T0 + 31 * MINUTE,
};
const FINE: HealthScore = {
  group: 'thumbnail.make',
  score: 100,
  notEnoughData: false,
  runs: 964,
  failed: 0,
  deductions: [],
  fine: ['failures'],
  unchecked: [],
};
const NEW: HealthScore = {
  group: 'new.task',
  notEnoughData: true,
  runs: 2,
  failed: 0,
  deductions: [],
  fine: [],
  unchecked: ['failures'],
  uncheckedWhy: { failures: 'too_few' },
};

function framesOf(...groups: HealthScore[]): DataFrame[] {
  const buckets = Array.from({ length: 60 }, (_, i) => T0 + i * MINUTE);
  const answer: HealthAnswer = {
    view: 'health',
    groupBy: 'task',
    step: MINUTE,
    groups,
    buckets,
    history: groups.map(({ group, score }) => ({
      group,
      values: buckets.map((_, i) => (score === undefined ? null : i < 31 ? 96 : score)),
    })),
  };
  const frames = healthFrames(answer, { range: RANGE, now: RANGE.to, shade: 'dark', words: ENGLISH, source: 'flower' });
  for (const frame of frames) {
    for (const field of frame.fields) {
      if (frame.name === 'deduction runs' && field.name === 'runId') {
        field.getLinks = ({ valueRowIndex }) => [
          {
            href: `/d/run?id=${encodeURIComponent(String(field.values[valueRowIndex ?? 0]))}`,
            title: 'Open run',
            target: undefined,
            origin: field,
          },
        ];
      }
    }
  }
  return frames;
}

function show(
  series: DataFrame[],
  options: Partial<HealthOptions> = {},
  size = { width: 720, height: 360 },
  data: Partial<PanelProps['data']> = {}
) {
  const eventBus = new EventBusSrv();
  const timeRange = { ...getDefaultTimeRange(), from: dateTime(RANGE.from), to: dateTime(RANGE.to) };
  const props: PanelProps<HealthOptions> = {
    id: 1,
    title: 'Health',
    transparent: false,
    renderCounter: 0,
    ...size,
    data: { series, state: LoadingState.Done, timeRange, ...data },
    timeRange,
    timeZone: 'browser',
    options: { ...DEFAULT_OPTIONS, ...options },
    fieldConfig: { defaults: {}, overrides: [] },
    eventBus,
    replaceVariables: (text) => text.replace('$task', 'thumbnail.make'),
    onChangeTimeRange: () => undefined,
    onOptionsChange: () => undefined,
    onFieldConfigChange: () => undefined,
  };
  return { eventBus, ...render(<HealthPanel {...props} />) };
}

describe('the health panel', () => {
  it('shows the score, what it was, and every deduction as a sentence with its points', () => {
    show(framesOf(BAD));
    expect(screen.getByRole('img', { name: 'email.send: 41 of 100' })).toBeInTheDocument();
    expect(screen.getByText('was 96 at 09:30 · −55')).toBeInTheDocument();
    const rows = within(screen.getByRole('list', { name: 'Deductions' })).getAllByRole('listitem');
    expect(rows.map((row) => row.textContent)).toEqual([
      'failures 22 % of 186 runs, allowed 2 %−34',
      'slower than usual p95 12 s, allowed 6.0 s−12',
      'waiting too long oldest 4 min, allowed 1 min, 38 waiting−8',
      'lost runs 1 of 186 runs, none allowed−5',
    ]);
  });

  it('says in one grey line what is fine, and what was not checked and why', () => {
    show(framesOf(BAD));
    expect(
      screen.getByText(
        'exits, waits: nothing deducted · not checked: workers (not reported by flower), schedule (nobody set what is expected)'
      )
    ).toBeInTheDocument();
  });

  it.each([
    [{ resources: true }, 'limits of CPU and memory'],
    [{ resources: false }, 'CPU and memory and their limits'],
  ])('names the fact that is missing, of a source that reports %j', (reports, missing) => {
    const group: HealthScore = {
      ...FINE,
      unchecked: ['resource_pressure', 'wait', 'lost_runs'],
      uncheckedWhy: { resource_pressure: 'not_reported', wait: 'not_reported' },
    };
    const series = framesOf(group).map((frame) => ({
      ...frame,
      meta: { ...frame.meta, custom: { runlane: { ...frame.meta?.custom?.['runlane'], reports } } },
    }));
    show(series);
    expect(
      screen.getByText(
        `failures: nothing deducted · not checked: ${missing}, when runs were queued (not reported by flower), lost runs (nothing recorded)`
      )
    ).toBeInTheDocument();
  });

  it('keeps the score of a silent source and says for how long it has been silent', () => {
    const asOf = Date.now() - 75_000;
    show(staleFrames(framesOf(BAD), { asOf, why: '[task-store] answered 502.' }, 'No answer.'));
    expect(screen.getByRole('img', { name: 'email.send: 41 of 100' })).toBeInTheDocument();
    expect(screen.getByTestId('stale')).toHaveTextContent(/^no answer for 1 min 1\d s, data as of \d\d:\d\d:\d\d$/);
    expect(screen.getByTestId('stale')).toHaveAttribute('title', expect.stringContaining('502'));
  });

  it('shows a dash and the error where the source did not answer', () => {
    show([], {}, undefined, { state: LoadingState.Error, errors: [{ message: '[task-store] answered 502.' }] });
    expect(screen.getByRole('alert')).toHaveTextContent('–The source did not answer[task-store] answered 502.');
  });

  it('opens a deduction to the runs behind it, each a link', () => {
    show(framesOf(BAD));
    const button = screen.getByRole('button', { name: /failures/ });
    expect(button).toHaveAttribute('aria-expanded', 'false');
    fireEvent.click(button);
    expect(button).toHaveAttribute('aria-expanded', 'true');
    const link = screen.getByRole('link', { name: 'r<b>1' });
    expect(link).toHaveAttribute('href', '/d/run?id=r%3Cb%3E1');
    expect(link.closest('li')).toHaveTextContent('r<b>1 celery · attempt 2');
    expect(screen.queryByRole('button', { name: /waiting too long/ })).not.toBeInTheDocument();
  });

  it('says that there is not enough data instead of a number', () => {
    show(framesOf(NEW));
    expect(screen.getByRole('img', { name: 'new.task: no score' })).toBeInTheDocument();
    expect(
      screen.getByText('Not enough data: 2 runs completed or failed in this time range, too few for a score.')
    ).toBeInTheDocument();
    expect(screen.queryByRole('slider')).not.toBeInTheDocument();
  });

  it('shows the worst of several first, and the way to the others', () => {
    show(framesOf(FINE, BAD, NEW));
    expect(screen.getByRole('img', { name: /email.send/ })).toBeInTheDocument();
    expect(screen.getByText('1 of 3')).toBeInTheDocument();
    fireEvent.click(screen.getByRole('button', { name: 'Show thumbnail.make' }));
    expect(screen.getByRole('img', { name: 'thumbnail.make: 100 of 100' })).toBeInTheDocument();
    expect(screen.getByText('Nothing deducted over 964 runs.')).toBeInTheDocument();
  });

  it('lists all when asked to, and opens one', () => {
    show(framesOf(FINE, BAD, NEW), { show: 'all' });
    const rows = within(screen.getByRole('list', { name: 'All scores, the worst first' })).getAllByRole('button');
    expect(rows.map((row) => row.textContent)).toEqual([
      '41email.sendfailures −34',
      '100thumbnail.make',
      '–new.tasknot enough data',
    ]);
    fireEvent.click(rows[1]!);
    expect(screen.getByRole('img', { name: /thumbnail.make/ })).toBeInTheDocument();
    fireEvent.click(screen.getByRole('button', { name: 'All scores' }));
    expect(screen.getByRole('list', { name: 'All scores, the worst first' })).toBeInTheDocument();
  });

  it('shows only the group of its option, in which variables are filled in', () => {
    show(framesOf(FINE, BAD), { group: '$task' });
    expect(screen.getByRole('img', { name: /thumbnail.make/ })).toBeInTheDocument();
    expect(screen.queryByText('1 of 2')).not.toBeInTheDocument();
  });

  it('says which group is not there', () => {
    show(framesOf(BAD), { group: 'nobody' });
    expect(screen.getByText('No score for "nobody" in this time range.')).toBeInTheDocument();
  });

  it('keeps number, name and largest deduction in a small panel', () => {
    show(framesOf(BAD, FINE), {}, { width: 200, height: 120 });
    expect(screen.getByText('41')).toBeInTheDocument();
    expect(screen.getByText('email.send')).toBeInTheDocument();
    expect(screen.getByText('failures −34')).toBeInTheDocument();
  });

  it('shows a plain number of any data source, without deductions', () => {
    const times = [T0, T0 + MINUTE];
    show([
      toDataFrame({
        fields: [
          { name: 'Time', type: FieldType.time, values: times },
          { name: 'Value', type: FieldType.number, values: [90, 75], labels: { task: 'orders.charge' } },
        ],
      }),
    ]);
    expect(screen.getByRole('img', { name: 'orders.charge: 75 of 100' })).toBeInTheDocument();
    expect(screen.getByRole('slider', { name: 'History of the score' })).toBeInTheDocument();
    expect(screen.queryByText(/nothing deducted/i)).not.toBeInTheDocument();
  });

  it('names the field that is missing', () => {
    show([toDataFrame({ name: 'health', fields: [{ name: 'group', values: ['a'] }] })]);
    expect(screen.getByText(/The frame "health" has no field "score"/)).toBeInTheDocument();
  });

  it('takes colours from the thresholds of the field', () => {
    const frames = framesOf(BAD);
    const field = frames[0]?.fields.find(({ name }) => name === 'score');
    const theme = createTheme();
    if (field !== undefined) {
      field.display = (value) => ({
        text: String(value),
        numeric: Number(value),
        color: theme.visualization.getColorByName('purple'),
      });
    }
    const { container } = show(frames);
    expect(
      container.querySelectorAll(`path[stroke="${theme.visualization.getColorByName('purple')}"]`).length
    ).toBeGreaterThan(0);
  });
});

describe('the history in the health panel', () => {
  it('follows the crosshair of other panels, and lets go of it', () => {
    const { eventBus } = show(framesOf(BAD));
    const elsewhere = new EventBusSrv();
    const say = (event: DataHoverEvent | DataHoverClearEvent) =>
      act(() => eventBus.publish(Object.assign(event, { origin: elsewhere })));
    say(new DataHoverEvent({ point: { time: T0 + 20 * MINUTE } }));
    expect(screen.getByTestId('health-crosshair')).toBeInTheDocument();
    expect(screen.getByText(/09:20 ·/)).toHaveTextContent('09:20 · 96');
    say(new DataHoverClearEvent());
    expect(screen.queryByTestId('health-crosshair')).not.toBeInTheDocument();
  });

  it('tells other panels where its own pointer is', () => {
    const { eventBus } = show(framesOf(BAD));
    const heard: unknown[] = [];
    eventBus.getStream(DataHoverEvent).subscribe((event) => heard.push(event.payload.point?.time));
    const slider = screen.getByRole('slider');
    slider.getBoundingClientRect = () => ({ ...document.body.getBoundingClientRect(), left: 0, width: 600 });
    // jsdom has no PointerEvent; React takes any event of that name.
    fireEvent(slider, new MouseEvent('pointermove', { bubbles: true, clientX: 300 }));
    expect(heard).toEqual([T0 + 30 * MINUTE]);
    fireEvent.pointerLeave(slider);
    expect(screen.queryByTestId('health-crosshair')).not.toBeInTheDocument();
  });

  it('is walked with arrow keys, and says each point', () => {
    show(framesOf(BAD));
    const slider = screen.getByRole('slider');
    fireEvent.keyDown(slider, { key: 'Home' });
    expect(slider).toHaveAttribute('aria-valuetext', '09:00: 96');
    fireEvent.keyDown(slider, { key: 'ArrowRight' });
    expect(slider).toHaveAttribute('aria-valuetext', '09:01: 96');
    fireEvent.keyDown(slider, { key: 'End' });
    expect(slider).toHaveAttribute('aria-valuetext', '09:59: 41');
    fireEvent.keyDown(slider, { key: 'Escape' });
    expect(slider).toHaveAttribute('aria-valuetext', 'Arrow keys move along the points');
  });
});
