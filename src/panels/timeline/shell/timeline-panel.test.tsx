import React from 'react';
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  DataHoverClearEvent,
  DataHoverEvent,
  dateTime,
  EventBusSrv,
  FieldType,
  LoadingState,
  toDataFrame,
  type DataFrame,
  type PanelProps,
} from '@grafana/data';
import { locationService, setDataSourceSrv, type DataSourceSrv } from '@grafana/runtime';
import { staleFrames } from '../../../frames/staleness';
import { RecordedPath, recordingContext } from '../draw/recording-context.kit';
import { framesOfPicture, second } from '../lanes/run-picture.kit';
import { DEFAULT_OPTIONS, type TimelineOptions } from '../options';
import { TimelinePanel } from './timeline-panel';

const PICTURE = `
  mail   | --cccc
  mail   |        -ffff   #1 boom
  mail   |             -cc #2 boom
  report |   rrrrrrrr
  backup | kkkk
  backup |       ll
`;
const FRAMES = framesOfPicture(PICTURE);

/** Drawing needs contexts that jsdom lacks; what it draws is tested beside the drawing. */
beforeAll(() => {
  Object.assign(globalThis, { Path2D: RecordedPath });
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockImplementation(() => recordingContext().ctx as never);
  // A Grafana without a Prometheus.
  setDataSourceSrv({ getList: () => [], getInstanceSettings: () => undefined } as unknown as DataSourceSrv);
});
afterAll(() => jest.restoreAllMocks());

function show(
  series: DataFrame[],
  options: Partial<TimelineOptions> = {},
  data: Partial<PanelProps['data']> = {},
  more: Partial<PanelProps<TimelineOptions>> = {}
) {
  const range = {
    from: dateTime(second(0)),
    to: dateTime(second(20)),
    raw: { from: dateTime(second(0)), to: dateTime(second(20)) },
  };
  const onChangeTimeRange = jest.fn();
  const props: PanelProps<TimelineOptions> = {
    id: 1,
    data: { series, state: LoadingState.Done, timeRange: range, ...data },
    timeRange: range,
    timeZone: 'utc',
    options: { ...DEFAULT_OPTIONS, ...options },
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
    onChangeTimeRange,
    ...more,
  };
  const view = render(<TimelinePanel {...props} />);
  return { ...view, props, onChangeTimeRange };
}

const chip = (name: RegExp): HTMLElement => screen.getByRole('button', { name });
const plot = (): HTMLElement => screen.getByRole('application');
const spoken = (container: HTMLElement): string => container.querySelector('[aria-live]')?.textContent ?? '';

test('says what is shown in words, and counts states in the legend, lost apart', () => {
  show(FRAMES);
  expect(screen.getByText('6 runs · 3 tasks')).toBeInTheDocument();
  expect(chip(/^failed 1$/)).toHaveAttribute('aria-pressed', 'true');
  expect(chip(/^lost 1$/)).toBeInTheDocument();
  expect(chip(/^completed 2$/)).toBeInTheDocument();
});

test('a click on a chip hides its state, a double click shows it alone and another one all again', async () => {
  show(FRAMES);
  const user = userEvent.setup();
  await user.click(chip(/^cancelled/));
  expect(chip(/^cancelled/)).toHaveAttribute('aria-pressed', 'false');
  await user.click(chip(/^cancelled/));
  expect(chip(/^cancelled/)).toHaveAttribute('aria-pressed', 'true');
  await user.dblClick(chip(/^failed/));
  expect(chip(/^failed/)).toHaveAttribute('aria-pressed', 'true');
  for (const name of [/^completed/, /^running/, /^lost/, /^cancelled/, /^pending/]) {
    expect(chip(name)).toHaveAttribute('aria-pressed', 'false');
  }
  await user.dblClick(chip(/^failed/));
  expect(chip(/^completed/)).toHaveAttribute('aria-pressed', 'true');
});

test('when all that is left is hidden, says so and offers to clear', async () => {
  show(FRAMES);
  const user = userEvent.setup();
  await user.type(screen.getByRole('searchbox'), 'no such run');
  await user.click(await screen.findByRole('button', { name: 'Clear search and show all states' }));
  expect(screen.getByText('6 runs · 3 tasks')).toBeInTheDocument();
});

test('arrow keys move between runs and lanes and say where they are; Enter shows details, Escape closes them', () => {
  const { container } = show(FRAMES);
  act(() => plot().focus());
  fireEvent.keyDown(plot(), { key: 'ArrowRight' });
  // Trouble first: of the lanes, backup lost half of its runs.
  expect(spoken(container)).toMatch(/^backup, cancelled/);
  fireEvent.keyDown(plot(), { key: 'ArrowRight' });
  expect(spoken(container)).toMatch(/^backup, lost/);
  fireEvent.keyDown(plot(), { key: 'ArrowDown' });
  expect(spoken(container)).toMatch(/^mail, completed|^mail, failed/);
  fireEvent.keyDown(plot(), { key: 'Home' });
  expect(spoken(container)).toMatch(/^mail, completed\. .*Waited 2\.0 s/);
  fireEvent.keyDown(plot(), { key: 'Enter' });
  const details = screen.getByRole('dialog', { name: 'Details of the run' });
  expect(within(details).getByText('completed')).toBeInTheDocument();
  fireEvent.keyDown(details, { key: 'Escape' });
  expect(screen.queryByRole('dialog')).toBeNull();
});

describe('the run that a link asks for', () => {
  const details = () => screen.queryByRole('dialog', { name: 'Details of the run' });
  const range = (id: string) => screen.queryByText(`Run ${id} is not in this time range`);
  afterEach(() => locationService.partial({ 'var-run': null }, true));

  /** The panel of a dashboard with a variable `run`. */
  function asked(run: string, series = FRAMES, more: Partial<PanelProps<TimelineOptions>> = {}) {
    const replaceVariables = (text: string): string => text.replace('${run}', run);
    const { props, rerender, container } = show(series, { selectRun: '${run}' }, {}, { replaceVariables, ...more });
    const refresh = (next: DataFrame[], nextRun = run): void =>
      rerender(
        <TimelinePanel
          {...props}
          data={{ ...props.data, series: next }}
          replaceVariables={(text) => text.replace('${run}', nextRun)}
        />
      );
    return { container, refresh };
  }

  test('is chosen as if it had been clicked: its details, and the keyboard goes on from it', () => {
    const { container } = asked('boom');
    expect(within(details()!).getByText('failed')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Close details' })).toHaveFocus();
    act(() => plot().focus());
    expect(spoken(container)).toMatch(/^mail, failed/);
    fireEvent.keyDown(plot(), { key: 'ArrowRight' });
    expect(spoken(container)).toMatch(/^mail, completed/);
  });

  test('may be any of a state: the newest that was lost, the oldest that runs', () => {
    asked('lost');
    expect(details()).toHaveTextContent(/lost.*Runrun-5/);
    cleanup();
    asked('running');
    expect(details()).toHaveTextContent(/running.*Runrun-3/);
  });

  test('stays closed when it is closed, through refreshes, and leaves the address', () => {
    const { refresh } = asked('boom');
    fireEvent.keyDown(plot(), { key: 'Escape' });
    expect(details()).toBeNull();
    expect(locationService.getSearchObject()).toMatchObject({ 'var-run': '' });
    refresh([...FRAMES]);
    refresh(framesOfPicture('mail | ffff #1 boom'));
    expect(details()).toBeNull();
  });

  test('is chosen again by another link', () => {
    const { refresh } = asked('boom');
    fireEvent.keyDown(plot(), { key: 'Escape' });
    refresh(FRAMES, '');
    expect(details()).toBeNull();
    refresh(FRAMES, 'boom #2');
    expect(within(details()!).getByText('completed')).toBeInTheDocument();
    refresh(FRAMES, 'boom');
    expect(within(details()!).getByText('failed')).toBeInTheDocument();
  });

  test('that is not there is said, and chosen when it comes; a state that is not there is nothing to speak of', () => {
    const { refresh } = asked('late');
    expect(range('late')).toBeInTheDocument();
    expect(details()).toBeNull();
    refresh(framesOfPicture('mail | ffff #1 late'));
    expect(range('late')).toBeNull();
    expect(details()).toBeInTheDocument();
    refresh(FRAMES, 'unknown');
    expect(screen.queryByText(/not in this time range/)).toBeNull();
  });

  test('that comes late interrupts nobody who has chosen another one', () => {
    const { refresh } = asked('late');
    act(() => plot().focus());
    fireEvent.keyDown(plot(), { key: 'Home' });
    fireEvent.keyDown(plot(), { key: 'Enter' });
    refresh(framesOfPicture(`${PICTURE}\nmail | ffff #1 late`));
    expect(details()).toHaveTextContent('run-4');
    expect(range('late')).toBeNull();
  });

  test('that is hidden is said, and shown on request', async () => {
    const { refresh } = asked('');
    const user = userEvent.setup();
    await user.click(chip(/^failed/));
    refresh(FRAMES, 'boom');
    expect(details()).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Show it' }));
    expect(within(details()!).getByText('failed')).toBeInTheDocument();
    expect(chip(/^failed/)).toHaveAttribute('aria-pressed', 'true');
  });

  test('unfolds its lane', async () => {
    const { refresh } = asked('');
    const user = userEvent.setup();
    await user.click(screen.getByRole('button', { name: /mail/, expanded: true }));
    refresh(FRAMES, 'boom');
    expect(details()).toBeInTheDocument();
    expect(screen.getByRole('button', { name: /mail/, expanded: true })).toBeInTheDocument();
  });

  test('is marked in the table, on whose page it is', async () => {
    const many = framesOfPicture(`${'mail | cc\n'.repeat(150)}mail | ff #1 old`);
    const { refresh } = asked('', many);
    await userEvent.setup().click(screen.getByRole('button', { name: 'Table of the same runs' }));
    expect(screen.getByText(/^Page 1 of 2/)).toBeInTheDocument();
    refresh(many, 'old');
    expect(screen.getByText(/^Page 2 of 2/)).toBeInTheDocument();
    expect(screen.getByRole('row', { current: true })).toHaveTextContent(/failed.*mail.*old/);
    expect(details()).toHaveTextContent('old');
  });

  test('is none where the dashboard has no such variable', () => {
    asked('boom', FRAMES, { replaceVariables: (text) => text });
    expect(details()).toBeNull();
    expect(screen.queryByText(/not in this time range/)).toBeNull();
  });
});

test('alert rules are offered for a lane, and for the run whose details are open, which come back afterwards', async () => {
  show(FRAMES);
  const user = userEvent.setup();
  act(() => plot().focus());
  fireEvent.keyDown(plot(), { key: 'Home' });
  fireEvent.keyDown(plot(), { key: 'a' });
  const dialog = screen.getByRole('dialog', { name: 'Create alert rule' });
  expect(dialog).toHaveTextContent(/Task backup/);
  await user.click(within(dialog).getByRole('button', { name: 'Close' }));
  fireEvent.keyDown(plot(), { key: 'Enter' });
  await user.click(screen.getByRole('button', { name: 'Create alert rule' }));
  expect(screen.getByRole('dialog')).toHaveAccessibleName('Create alert rule');
  await user.keyboard('{Escape}');
  expect(screen.getByRole('dialog')).toHaveAccessibleName('Details of the run');
});

test('lanes that are nothing to alert on offer no rule', async () => {
  show(FRAMES);
  expect(screen.getByRole('button', { name: 'Create alert rule for mail' })).toBeInTheDocument();
  await userEvent.setup().selectOptions(screen.getByRole('combobox', { name: 'Lanes by' }), 'state');
  expect(screen.queryByRole('button', { name: /Create alert rule/ })).toBeNull();
});

test('the slash key goes to the search', () => {
  show(FRAMES);
  act(() => plot().focus());
  fireEvent.keyDown(plot(), { key: '/' });
  expect(screen.getByRole('searchbox')).toHaveFocus();
});

test('the table shows the same runs, newest first, and leaves out what is hidden', async () => {
  show(FRAMES);
  const user = userEvent.setup();
  await user.click(screen.getByRole('button', { name: 'Table of the same runs' }));
  const rows = screen.getAllByRole('row').slice(1);
  expect(rows).toHaveLength(6);
  expect(rows[0]).toHaveTextContent(/completed.*mail.*boom · attempt 2/);
  await user.click(chip(/^completed/));
  expect(screen.getAllByRole('row')).toHaveLength(5);
});

test('lanes can be made of another fact', async () => {
  show(FRAMES);
  await userEvent.setup().selectOptions(screen.getByRole('combobox', { name: 'Lanes by' }), 'state');
  expect(screen.getByText('6 runs · 5 lanes by state')).toBeInTheDocument();
});

test('lanes can be made of a label by the panel option', () => {
  const [runs] = framesOfPicture('mail | cc\nmail |   cc');
  const labels = [{ team: 'blue' }, { team: 'green' }];
  runs!.fields.push({ name: 'labels', type: FieldType.other, values: labels, config: {} });
  show([runs!], { laneBy: 'team' });
  expect(screen.getByText('2 runs · 2 lanes by label team')).toBeInTheDocument();
  expect(screen.getByRole('combobox', { name: 'Lanes by' })).toHaveValue('label:team');
});

test('a drag zooms and a double click goes back', () => {
  const { onChangeTimeRange, container } = show(FRAMES);
  const canvas = container.querySelectorAll('canvas')[1]!;
  const at = (clientX: number) => ({ clientX, clientY: 200, button: 0, pointerId: 1, pointerType: 'mouse' });
  fireEvent(canvas, pointer('pointerdown', at(100)));
  fireEvent(canvas, pointer('pointermove', at(300)));
  fireEvent(canvas, pointer('pointerup', at(300)));
  expect(onChangeTimeRange).toHaveBeenCalledTimes(1);
  const { from, to } = onChangeTimeRange.mock.calls[0][0];
  expect(to - from).toBeGreaterThan(1000);
  expect(from).toBeGreaterThan(second(0));
  fireEvent.doubleClick(canvas);
  expect(onChangeTimeRange).toHaveBeenLastCalledWith({ from: second(0), to: second(20) });
});

test('the crosshair is shared: heard from others, and said untagged to others', () => {
  const { props, container } = show(FRAMES);
  const canvas = container.querySelectorAll('canvas')[1]!;
  const line = canvas.parentElement!.querySelector('div')!;
  const heard: DataHoverEvent[] = [];
  props.eventBus.getStream(DataHoverEvent).subscribe((event) => heard.push(event));
  const others = props.eventBus.newScopedBus('others', { onlyLocal: false });
  act(() => others.publish(new DataHoverEvent({ point: { time: second(10) } })));
  expect(line).toHaveStyle({ display: 'block' });
  act(() => others.publish(new DataHoverClearEvent()));
  expect(line).toHaveStyle({ display: 'none' });
  heard.length = 0;
  fireEvent(canvas, pointer('pointermove', { clientX: 300, clientY: 60, pointerId: 1, pointerType: 'mouse' }));
  expect(heard).toHaveLength(1);
  expect(heard[0]!.tags?.size ?? 0).toBe(0);
  expect(heard[0]!.payload.point.time).toBeGreaterThan(second(0));
});

test('where the dashboard has a lane variable, the control sets it and the data source groups', async () => {
  show(FRAMES, { laneVariable: 'lanes' });
  await userEvent.setup().selectOptions(screen.getByRole('combobox', { name: 'Lanes by' }), 'state');
  expect(locationService.getSearchObject()).toMatchObject({ 'var-lanes': 'state' });
  expect(screen.getByText('6 runs · 3 tasks')).toBeInTheDocument();
});

test('lanes that came merged say that single runs need another query', () => {
  const merged = toDataFrame({
    name: 'columns',
    fields: [
      { name: 'lane', type: FieldType.string, values: ['mail', 'mail'] },
      { name: 'started', type: FieldType.time, values: [second(0), second(5)] },
      { name: 'finished', type: FieldType.time, values: [second(5), second(9)] },
      { name: 'state', type: FieldType.string, values: ['completed', 'failed'] },
      { name: 'lost', type: FieldType.number, values: [0, 0] },
      { name: 'count', type: FieldType.number, values: [12_000, 340] },
    ],
  });
  merged.meta = { custom: { runlane: { v: 1, view: 'timeline', groupBy: 'task', total: 12_340 } } };
  show([merged]);
  expect(screen.getByText('12,340 runs · 1 task')).toBeInTheDocument();
  expect(chip(/^failed 340$/)).toBeInTheDocument();
  expect(screen.getByRole('combobox', { name: 'Lanes by' })).toBeDisabled();
});

/** jsdom has no pointer events. */
function pointer(type: string, init: MouseEventInit & { pointerId: number; pointerType: string }): MouseEvent {
  return Object.assign(new MouseEvent(type, { bubbles: true, ...init }), {
    pointerId: init.pointerId,
    pointerType: init.pointerType,
  });
}

describe('empty states say which they are', () => {
  test('no runs in range, and when the last one was', async () => {
    const [runs] = framesOfPicture('');
    const lanes = toDataFrame({
      name: 'lanes',
      fields: [
        { name: 'lane', type: FieldType.string, values: ['mail'] },
        { name: 'lastBegan', type: FieldType.time, values: [second(-7200)] },
      ],
    });
    const { onChangeTimeRange } = show([runs!, lanes]);
    expect(screen.getByText('No runs in this time range')).toBeInTheDocument();
    await userEvent.setup().click(screen.getByRole('button', { name: 'Show the last one' }));
    expect(onChangeTimeRange.mock.calls[0][0].from).toBeLessThan(second(-7200));
  });

  test('of the view alerts, alerts are missing and not runs', async () => {
    const text = (name: string, values: string[]) => ({ name, type: FieldType.string, values, config: {} });
    const time = (name: string, values: number[]) => ({ name, type: FieldType.time, values, config: {} });
    const alertTimes = (...names: string[]) =>
      toDataFrame({
        name: 'alert times',
        meta: { custom: { runlane: { v: 1, view: 'alerts' } } },
        fields: [
          text('task', names),
          text('runId', names),
          text('state', names.fill('failed')),
          time(
            'started',
            names.map(() => second(2))
          ),
          time(
            'finished',
            names.map(() => second(9))
          ),
        ],
      });
    const { unmount } = show([alertTimes()]);
    expect(screen.getByText('No alerts in this time range')).toBeInTheDocument();
    unmount();
    show([alertTimes('run-missed')]);
    expect(screen.getByText('1 alert · 1 rule')).toBeInTheDocument();
    const user = userEvent.setup();
    await user.type(screen.getByRole('searchbox'), 'none such');
    expect(await screen.findByText('No alert matches the search and the states shown')).toBeInTheDocument();
  });

  test('the source failed, in its own words', () => {
    show(
      [],
      {},
      { state: LoadingState.Error, errors: [{ message: '[task-store] GET /api/v1/runs answered 401. Set the token.' }] }
    );
    expect(screen.getByRole('alert')).toHaveTextContent('[task-store] GET /api/v1/runs answered 401. Set the token.');
  });

  test('without an answer nothing is counted, neither in words nor in the legend', () => {
    show([], {}, { state: LoadingState.Error, errors: [{ message: '502' }] });
    expect(document.body).toHaveTextContent('502');
    expect(document.body).not.toHaveTextContent(/0 runs|failed 0/);
    cleanup();
    show([], {}, { state: LoadingState.Loading });
    expect(document.body).not.toHaveTextContent(/0 runs|failed 0/);
  });

  test('a field is missing, by name', () => {
    show([
      toDataFrame({
        name: 'sheet',
        fields: [
          { name: 'time', type: FieldType.time, values: [1e12] },
          { name: 'x', type: FieldType.other, values: [{}] },
        ],
      }),
    ]);
    expect(screen.getByRole('alert')).toHaveTextContent(/No state.*sheet.*time, x/);
  });
});

test('the last good data of a silent source stay, and say for how long it has been silent', () => {
  const asOf = Date.now() - 75_000;
  const range = { from: dateTime(second(0)), to: dateTime(second(20)), raw: { from: 'now-20s', to: 'now' } };
  const stale = staleFrames(FRAMES, { asOf, why: '[task-store] answered 502.' }, 'No answer.');
  show(stale, {}, { state: LoadingState.Streaming, errors: [{ message: '502' }] }, { timeRange: range });
  expect(screen.getByTestId('stale')).toHaveTextContent(/^no answer for 1 min 1\d s, data as of \d\d:\d\d:\d\d$/);
  expect(screen.getByTestId('stale')).toHaveAttribute('title', '[task-store] answered 502.');
  expect(chip(/failed 1/)).toBeInTheDocument();
  const live = screen.getByRole('button', { name: 'Live' });
  expect(live).toHaveAttribute('aria-pressed', 'false');
  expect(live).toHaveAttribute('title', expect.stringContaining('does not answer'));
});

test('names with markup are text', () => {
  show(framesOfPicture('<img src=x onerror=alert(1)> | ff'));
  // A long name stands in two parts, of which the first is cut where there is no room.
  expect(document.body).toHaveTextContent('<img src=x onerror=alert(1)>');
  expect(document.querySelector('img')).toBeNull();
});
