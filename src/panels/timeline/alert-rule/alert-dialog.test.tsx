import React from 'react';
import { configure, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  FieldType,
  locationUtil,
  toDataFrame,
  type DataSourceInstanceSettings,
  type GrafanaConfig,
} from '@grafana/data';
import { config, setDataSourceSrv, type DataSourceSrv } from '@grafana/runtime';
import { readRuns } from '../../../frames/run-columns';
import { framesOfPicture, second } from '../lanes/run-picture.kit';
import { AlertDialog } from './alert-dialog';
import { subjectOfLane, subjectsOfRun } from './alert-subject';

const NASTY = '"><img src=x onerror=alert(1)>\n' + 'x'.repeat(10_000);
const STORE_NAMES = [
  'runlane_task_runs_finished_total',
  'runlane_task_last_success_timestamp_seconds',
  'runlane_task_last_failure_timestamp_seconds',
];

// Nothing is hidden here, and looking whether it is takes seconds.
configure({ defaultHidden: true, asyncUtilTimeout: 20_000 });

/** Grafana's combobox measures its options, for which jsdom has no canvas. */
beforeAll(() => {
  jest
    .spyOn(HTMLCanvasElement.prototype, 'getContext')
    .mockImplementation(() => ({ measureText: () => ({ width: 100 }) }) as never);
});
afterAll(() => jest.restoreAllMocks());

type GetResource = (path: string, params?: object) => Promise<unknown>;

function prometheus(uid: string, isDefault = false): DataSourceInstanceSettings {
  return {
    uid,
    name: uid,
    type: 'prometheus',
    isDefault,
    meta: { id: 'prometheus', name: 'Prometheus', info: { logos: { small: '', large: '' } } },
  } as DataSourceInstanceSettings;
}

/** Grafana with these data sources, all answering alike. */
function grafanaWith(all: DataSourceInstanceSettings[], getResource: GetResource): void {
  setDataSourceSrv({
    getList: () => all,
    getInstanceSettings: (ref: { uid?: string } | null) => all.find(({ uid }) => uid === ref?.uid),
    get: () => Promise.resolve({ getResource }),
  } as unknown as DataSourceSrv);
}

/** Answers with the metric names, and with the sources of whatever name is asked for. */
const knows =
  (names: readonly string[], sources: readonly string[] = ['shop']): GetResource =>
  (path) =>
    Promise.resolve({ status: 'success', data: path.includes('__name__') ? names : sources });

function readingOf(task: string) {
  const [runs] = framesOfPicture('mail | -ff');
  const text = (name: string, value: string) => ({ name, type: FieldType.string, values: [value], config: {} });
  runs!.fields = [
    ...runs!.fields.filter(({ name }) => name !== 'task' && name !== 'lane'),
    text('task', task),
    text('source', 'shop'),
    text('queue', 'fast'),
    text('worker', 'w1'),
  ];
  const result = readRuns([runs!]);
  if (!result.ok) {
    throw new Error(`[AlertDialog.test] no ${result.missing}`);
  }
  return result.reading;
}

function open(task = 'mail') {
  const reading = readingOf(task);
  const onClose = jest.fn();
  render(
    <AlertDialog
      subjects={subjectsOfRun(reading.columns, 0)}
      reading={reading}
      from={second(0)}
      to={second(20)}
      onClose={onClose}
    />
  );
  return { onClose, user: userEvent.setup() };
}

const file = (): HTMLElement => screen.getByRole('tabpanel');

test('offers the rules of the run’s task, and those of its queue and worker', async () => {
  grafanaWith([prometheus('first'), prometheus('main', true)], knows(STORE_NAMES));
  const { user } = open();
  expect(screen.getByText('Task mail (shop)')).toBeInTheDocument();
  await waitFor(() => expect(file()).toHaveTextContent('{source="shop",task="mail"}'));
  // The default data source, of several.
  expect(file()).toHaveTextContent('datasourceUid: main');
  expect(screen.getAllByText(/Our default: too few runs here to know/)).toHaveLength(3);
  expect(await screen.findByText(/has the metrics that this rule needs, from Runlane task store/)).toBeInTheDocument();
  await user.click(screen.getByRole('radio', { name: /Ends abnormally/ }));
  expect(file()).toHaveTextContent('abnormal-exit: mail (shop)');
  expect(screen.getByText(/Prometheus has no runlane_task_abnormal_exits_total/)).toBeInTheDocument();
  await user.click(screen.getByRole('radio', { name: 'Queue' }));
  expect(screen.getByRole('radio', { name: /Piles up/ })).toBeChecked();
  expect(file()).toHaveTextContent('queue="fast"');
  expect(screen.getAllByText(/Prometheus has no runlane_task_runs:/)).toHaveLength(1);
  await user.click(screen.getByRole('radio', { name: 'Worker' }));
  expect(file()).toHaveTextContent('worker="w1"');
});

test('both forms can be copied, and Grafana’s editor opened where Grafana is served', async () => {
  locationUtil.initialize({
    config: { appSubUrl: '/grafana', appUrl: 'http://localhost/grafana' } as GrafanaConfig,
    getVariablesUrlParams: () => ({}),
    getTimeRangeForUrl: () => ({ from: '', to: '' }),
  });
  grafanaWith([prometheus('main')], knows(STORE_NAMES));
  const { user, onClose } = open();
  await screen.findByText(/has the metrics that this rule needs/);
  await user.click(screen.getByRole('tab', { name: 'Prometheus rules' }));
  expect(file()).toHaveTextContent(/^groups: - name:/);
  const written = jest.fn().mockResolvedValue(undefined);
  Object.defineProperty(window, 'isSecureContext', { value: true, configurable: true });
  Object.defineProperty(navigator, 'clipboard', { value: { writeText: written }, configurable: true });
  await user.click(screen.getByRole('button', { name: /Copy Prometheus rules/ }));
  expect(written).toHaveBeenCalledWith(file().textContent);
  const link = screen.getByRole('link', { name: /rule editor/ });
  expect(link.getAttribute('href')).toMatch(/^\/grafana\/alerting\/new\/alerting\?defaults=/);
  await user.keyboard('{Escape}');
  expect(onClose).toHaveBeenCalled();
});

test('a Grafana whose editor would lose the query is not led to it: the query can be copied', async () => {
  const { buildInfo } = config;
  config.buildInfo = { ...buildInfo, version: '12.3.0' };
  try {
    grafanaWith([prometheus('main')], knows(STORE_NAMES));
    open();
    await screen.findByText(/has the metrics that this rule needs/);
    expect(screen.getByText(/Grafana 12\.3\.0 loses the query/)).toBeInTheDocument();
    expect(screen.getByRole('button', { name: /Copy the query/ })).toBeInTheDocument();
    expect(screen.queryByRole('link', { name: /rule editor/ })).toBeNull();
  } finally {
    config.buildInfo = buildInfo;
  }
});

test('finds the exporter, and names what it lacks and what switches it on', async () => {
  grafanaWith([prometheus('main')], knows(['celery_task_received_total'], ['celery']));
  open();
  expect(await screen.findByDisplayValue('Celery (celery-exporter)')).toBeInTheDocument();
  expect(screen.getByText(/Prometheus has no celery_task_failed_total/)).toBeInTheDocument();
  expect(screen.getByText(/tells too little for: .*Ends abnormally/)).toBeInTheDocument();
  // The scrape job is called otherwise than the source of the runs.
  expect(await screen.findByText(/every source in which Prometheus knows this name: celery\./)).toBeInTheDocument();
  expect(file()).toHaveTextContent('celery_task_failed_total{name="mail"}');
});

/** A Runlane data source with a profile of the user's own, read through `main`. */
function runlane(facts: Record<string, string>, labels: Record<string, string>): DataSourceInstanceSettings {
  const customProfile = JSON.stringify({ name: 'Orders', labels, facts });
  return {
    ...prometheus('shop'),
    type: 'runlane-datasource',
    jsonData: { system: 'prometheus', prometheusUid: 'main', customProfile },
  } as DataSourceInstanceSettings;
}

test('a profile of the user’s own is offered, and meant where no exporter is known; what it lacks is named', async () => {
  const facts = {
    completed: 'sum by (type) (increase(orders_total{ok="1",$filter}[$window]))',
    failed: 'sum by (type) (increase(orders_total{ok="0",$filter}[$window]))',
  };
  grafanaWith([prometheus('main'), runlane(facts, { task: 'type' })], knows(['orders_total']));
  const { user } = open();
  expect(await screen.findByDisplayValue('Orders (shop)')).toBeInTheDocument();
  expect(file()).toHaveTextContent('increase(orders_total{ok="0",type="mail"}[15m])');
  expect(screen.getByText(/asks the expressions of Orders \(shop\)/)).toBeInTheDocument();
  expect(screen.getByText(/not over \$window: abnormal, oldestRunning, duration/)).toBeInTheDocument();
  expect(screen.queryByText(/no metrics that Runlane knows/)).toBeNull();
  await user.click(screen.getByRole('radio', { name: 'Queue' }));
  expect(screen.getByText(/no rule can be made/)).toBeInTheDocument();
  expect(screen.getByText('The profile names no label for “queue”: add it under labels.')).toBeInTheDocument();
});

test('works while Prometheus is away, and says so', async () => {
  grafanaWith([prometheus('main')], () => Promise.reject(new Error('connection refused')));
  open();
  const findings = screen.getByRole('list', { name: 'Checks' });
  expect(await within(findings).findByText(/could not be asked/)).toHaveTextContent('connection refused');
  expect(file()).toHaveTextContent('{source="shop",task="mail"}');
});

test('an answer of another shape is none', async () => {
  grafanaWith([prometheus('main')], () => Promise.resolve('<html>'));
  open();
  expect(await screen.findByText(/could not be asked/)).toHaveTextContent('The answer is not that of a Prometheus.');
});

test('says that a name is not known to Prometheus', async () => {
  grafanaWith([prometheus('main')], knows(STORE_NAMES, []));
  open();
  expect(await screen.findByText(/does not know this name yet/)).toBeInTheDocument();
});

test('without a Prometheus there is text to copy, and no link that would lead nowhere', () => {
  grafanaWith([], knows([]));
  open();
  expect(screen.getByText(/no Prometheus data source here/)).toBeInTheDocument();
  expect(file()).toHaveTextContent('apiVersion: 1');
  expect(screen.queryByRole('link', { name: /rule editor/ })).toBeNull();
});

test('names with markup, quotes and 10 kB are text, and too long to be asked for', async () => {
  const asked: string[] = [];
  grafanaWith([prometheus('main')], (path, params) => {
    asked.push(path);
    return knows(STORE_NAMES)(path, params);
  });
  open(NASTY);
  expect(await screen.findByText(/has the metrics that this rule needs/)).toBeInTheDocument();
  expect(document.querySelector('img')).toBeNull();
  expect(screen.getByText(/proxy may refuse it/)).toBeInTheDocument();
  expect(asked).toEqual(['api/v1/label/__name__/values']);
});

describe('what can be alerted on', () => {
  const { columns } = readingOf('mail');

  test('lanes of tasks, queues and workers, in the only source of their runs', () => {
    expect(subjectOfLane(columns, 'task', 'mail', undefined)).toEqual({ fact: 'task', name: 'mail', source: 'shop' });
    expect(subjectOfLane(columns, 'queue', 'fast', 'other')).toEqual({ fact: 'queue', name: 'fast', source: 'other' });
    expect(subjectOfLane(columns, 'state', 'failed', undefined)).toBeUndefined();
    expect(subjectOfLane(columns, 'worker', '', undefined)).toBeUndefined();
  });

  test('not the rows of another data source that name no task', () => {
    const frame = (name: string) =>
      toDataFrame({
        name: 'sheet',
        fields: [
          { name: 'start', type: FieldType.time, values: [1000] },
          { name: 'end', type: FieldType.time, values: [2000] },
          { name: 'state', type: FieldType.string, values: ['failed'] },
          { name, type: FieldType.string, values: ['mail'] },
        ],
      });
    const subjects = (name: string) => {
      const result = readRuns([frame(name)]);
      return result.ok ? subjectsOfRun(result.reading.columns, 0) : undefined;
    };
    expect(subjects('title')).toEqual([]);
    expect(subjects('task')).toEqual([{ fact: 'task', name: 'mail' }]);
  });
});
