import { applyFieldOverrides, createTheme, FieldType, getFieldDisplayName } from '@grafana/data';
import type { DataFrame, Field } from '@grafana/data';
import type { Answer, HealthScore, RunPage } from '../model/answer';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { VIEWS } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import healthPlugin from '../panels/health/plugin.json';
import timelinePlugin from '../panels/timeline/plugin.json';
import { ENGLISH } from './frame-context';
import type { FrameContext } from './frame-context';
import { factOf, readRuns } from './run-columns';
import { chosenFrames, FRAMES_OF_VIEW, toFrames } from './to-frames';

const NOW = 1_750_000_000_000;
const context: FrameContext = {
  refId: 'A',
  range: { from: NOW - 3_600_000, to: NOW },
  now: NOW,
  shade: 'dark',
  words: ENGLISH,
  source: 'task-store',
  reports: { queues: true },
};

const NASTY = `<img src=x onerror="alert('1')">\n\u0000"quotes" 邮件 ${'x'.repeat(10_000)}`;

function run(part: Partial<TaskRun> = {}): TaskRun {
  return { source: 'shop', runId: '1', attempt: 1, task: 'email.send', state: 'completed', observedAt: NOW, ...part };
}

function timeline(runs: TaskRun[], more: Partial<Extract<Answer, { view: 'timeline' }>> = {}): Answer {
  const names = [...new Set(runs.map((one) => one.task))];
  return {
    view: 'timeline',
    groupBy: 'task',
    lanes: names.map((name) => ({ name, counts: { completed: 1 } })),
    page: { runs, truncated: false, skipped: 0 },
    total: runs.length,
    counts: { completed: runs.length },
    ...more,
  } as Answer;
}

function framesOf(answer: Answer, more: Partial<FrameContext> = {}): Map<string, DataFrame> {
  return new Map(toFrames(answer, { ...context, ...more }).map((frame) => [frame.name ?? '', frame]));
}

function fieldOf(frame: DataFrame | undefined, name: string): Field {
  const field = frame?.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    throw new Error(`There is no field ${name} in ${frame?.name}.`);
  }
  return field;
}

function valuesOf(frame: DataFrame | undefined, name: string): unknown[] {
  return [...fieldOf(frame, name).values];
}

/** What a built-in panel shows for a cell. */
function shown(frame: DataFrame | undefined, name: string, row = 0) {
  const [processed] = applyFieldOverrides({
    data: frame === undefined ? [] : [frame],
    fieldConfig: { defaults: {}, overrides: [] },
    replaceVariables: (text) => text,
    theme: createTheme({ colors: { mode: 'dark' } }),
    timeZone: 'utc',
  });
  const field = fieldOf(processed, name);
  const display = field.display?.(field.values[row]);
  return { text: `${display?.text ?? ''}${display?.suffix ?? ''}`, color: display?.color };
}

describe('runs', () => {
  const runs = [
    run({
      state: 'failed',
      substate: 'oom',
      startedAt: NOW - 5000,
      finishedAt: NOW - 1000,
      queuedAt: NOW - 6000,
      maxRssBytes: 2 ** 30,
    }),
    run({ runId: '2', state: 'running', startedAt: NOW - 2000, labels: { team: 'a' } }),
  ];
  const page: RunPage = { runs, total: 12_340, truncated: true, skipped: 3 };
  const frame = framesOf({ view: 'runs', ...page }).get('runs');

  test('are a table whose states are words in their colours', () => {
    expect(valuesOf(frame, 'state')).toEqual(['failed', 'running']);
    expect(shown(frame, 'state')).toEqual({ text: 'failed', color: '#f2495c' });
    expect(shown(frame, 'state', 1)).toEqual({ text: 'running', color: '#5794f2' });
  });

  test('have units', () => {
    expect(shown(frame, 'wait').text).toBe('1 s');
    expect(shown(frame, 'duration').text).toBe('4 s');
    expect(shown(frame, 'maxRssBytes').text).toBe('1 GiB');
  });

  test('leave what is not reported empty, never zero, and columns without anything out', () => {
    expect(valuesOf(frame, 'finished')).toEqual([NOW - 1000, null]);
    expect(shown(frame, 'finished', 1).text).toBe('');
    expect(valuesOf(frame, 'wait')).toEqual([1000, null]);
    expect(frame?.fields.map((field) => field.name)).not.toContain('exitCode');
  });

  test('say what is cut and what could not be read', () => {
    expect(frame?.meta?.notices?.map((notice) => notice.text)).toEqual([
      '2 of 12,340 runs: narrow the range to see all.',
      '3 records could not be read and are left out.',
    ]);
    expect(frame?.meta?.custom).toMatchObject({
      runlane: { v: 1, total: 12_340, truncated: true, skipped: 3, source: 'task-store' },
    });
  });

  test('keep names as they are, whatever they hold', () => {
    const odd = framesOf({
      view: 'runs',
      runs: [run({ task: NASTY, error: { message: NASTY } })],
      truncated: false,
      skipped: 0,
    }).get('runs');
    expect(valuesOf(odd, 'task')).toEqual([NASTY]);
    expect(valuesOf(odd, 'error')).toEqual([NASTY]);
  });

  test('may be none', () => {
    const none = framesOf({ view: 'runs', runs: [], truncated: false, skipped: 0 }).get('runs');
    expect(none?.length).toBe(0);
    expect(none?.fields.length).toBeGreaterThan(5);
  });
});

describe('a timeline', () => {
  test('is typed arrays, with NaN for what is not reported', () => {
    const frame = framesOf(timeline([run({ startedAt: 5, finishedAt: 9 }), run({ task: 'b', state: 'running' })])).get(
      'runs'
    );
    expect(fieldOf(frame, 'started').values).toBeInstanceOf(Float64Array);
    expect(valuesOf(frame, 'started')).toEqual([5, NaN]);
    expect(fieldOf(frame, 'state')).toMatchObject({ type: FieldType.enum, values: Uint8Array.of(2, 1) });
    expect(fieldOf(frame, 'state').config.type?.enum?.text).toEqual([...LIFECYCLE_STATES]);
    expect(fieldOf(frame, 'lane')).toMatchObject({ type: FieldType.enum, values: Uint16Array.of(0, 1) });
  });

  test('is read back by the panel as it was asked', () => {
    const runs = [
      run({
        state: 'failed',
        substate: 'lost',
        queuedAt: NOW - 900,
        startedAt: NOW - 800,
        finishedAt: NOW - 100,
        exitCode: 3,
        attempt: 2,
      }),
      run({ runId: '2', state: 'running', startedAt: NOW - 500, task: 'db.backup' }),
      run({ runId: '3', state: 'pending', queuedAt: NOW - 50, error: { message: NASTY } }),
    ];
    const answer = timeline(runs, {
      strips: [{ run: 1, at: [NOW - 400, NOW - 300], cpuCores: [0.5, null], rssBytes: [10, 20] }],
    });
    const result = readRuns(toFrames(answer, context));
    if (!result.ok) {
      throw new Error(`The panel misses ${JSON.stringify(result.missing)}.`);
    }
    const { columns, lanes, strips, total } = result.reading;
    expect([...columns.began]).toEqual([NOW - 900, NOW - 500, NOW - 50]);
    expect([...columns.start]).toEqual([NOW - 800, NOW - 500, NaN]);
    expect([...columns.end]).toEqual([NOW - 100, NaN, NaN]);
    expect([...columns.state].map((state) => LIFECYCLE_STATES[state])).toEqual(['failed', 'running', 'pending']);
    expect([...columns.lost]).toEqual([1, 0, 0]);
    expect([...(columns.attempt ?? [])]).toEqual([2, 1, 1]);
    expect(factOf(columns, 0, 'exitCode')?.value).toBe(3);
    expect(factOf(columns, 2, 'error')?.value).toBe(NASTY);
    expect([...lanes.keys()]).toEqual(['email.send', 'db.backup']);
    expect([...(strips?.row ?? [])]).toEqual([1]);
    expect([...(strips?.rssBytes ?? [])]).toEqual([10, 20]);
    expect(total).toBe(3);
  });

  test('of merged stretches is read back as such', () => {
    const answer: Answer = {
      view: 'timeline',
      groupBy: 'worker',
      lanes: [
        { name: 'a', counts: { completed: 6, failed: 1 }, lost: 1, merged: true },
        { name: 'b', counts: { completed: 9 }, merged: true },
      ],
      counts: { completed: 15, failed: 1 },
      lost: 1,
      columns: {
        lane: [0, 1],
        start: [1, 2],
        end: [3, 4],
        state: [3, 2],
        count: [7, 9],
        counts: { completed: [6, 9], failed: [1, 0] },
        lost: [1, 0],
      },
      total: 16,
    };
    const result = readRuns(toFrames(answer, context));
    expect(result).toMatchObject({
      ok: true,
      reading: {
        columns: { parts: [{ merged: true }], length: 2 },
        total: 16,
        told: { counts: [0, 0, 15, 1, 0, 0], lost: 1 },
      },
    });
  });

  test('puts runs of a lane that the list does not have into a lane of their own', () => {
    const frame = framesOf(timeline([run({ task: 'new' })], { lanes: [] })).get('runs');
    expect(fieldOf(frame, 'lane').config.type?.enum?.text).toEqual(['new']);
  });

  test('by a label named like a part of an object has no lane of that name', () => {
    const frame = framesOf(timeline([run({ labels: {} })], { groupBy: 'label:constructor', lanes: [] })).get('runs');
    expect(fieldOf(frame, 'lane').config.type?.enum?.text).toEqual(['']);
  });
});

describe('states', () => {
  const answer: Answer = {
    view: 'states',
    groupBy: 'task',
    step: 60_000,
    buckets: [0, 60_000],
    series: [
      { group: 'email.send', state: 'pending', values: [4, 1] },
      { group: 'email.send', state: 'failed', values: [1, null] },
      { group: 'db.backup', state: 'completed', values: [9, 3] },
    ],
    totals: [
      {
        group: 'email.send',
        counts: { pending: 2, failed: 1 },
        abnormal: { 'exit 1': 1, oom: 0 },
        oldestPendingAt: NOW - 252_000,
      },
      { group: 'db.backup', counts: { completed: 12, running: 1 }, abnormal: { lost: 3 } },
    ],
    groupsOmitted: 4,
  };
  const frames = framesOf(answer);

  test('are series that say group and state, in the colour of the state', () => {
    const frame = frames.get('states');
    expect(frame?.fields.slice(1).map((field) => getFieldDisplayName(field, frame))).toEqual([
      'email.send pending',
      'email.send failed',
      'db.backup completed',
    ]);
    expect(frame?.fields[2]).toMatchObject({
      name: 'failed',
      labels: { task: 'email.send' },
      config: { color: { fixedColor: '#f2495c' } },
    });
    expect(frame?.meta?.notices?.[0]?.text).toContain('4 more groups');
  });

  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

  test('give the numbers of an overview, each with what is under it', () => {
    const number = (name: string) => {
      const field = fieldOf(frames.get(name), 'value');
      return [field.config.displayNameFromDS, [...field.values]];
    };
    expect(number('waiting')).toEqual(['oldest 4 min 12 s', [4, 2]]);
    expect(number('running')).toEqual(['running', [null, 1]]);
    // 13 ended in the hour.
    expect(number('finished')).toEqual(['92.3 % completed', [20, 6]]);
    expect(mean(fieldOf(frames.get('finished'), 'value').values)).toBe(13);
    expect(number('abnormal')).toEqual(['3 lost · 1 exit 1', [4]]);
  });

  test('of which nothing is known give numbers that say so', () => {
    const none = framesOf({ view: 'states', groupBy: 'task', step: 1, buckets: [], series: [], totals: [] });
    const unseen = framesOf({
      ...answer,
      buckets: [0, 1],
      series: [{ group: 't', state: 'completed', values: [null, null] }],
      totals: [],
    });
    for (const frame of [none.get('waiting'), none.get('finished'), unseen.get('finished')]) {
      expect(fieldOf(frame, 'value').config).toMatchObject({ displayNameFromDS: 'not enough data', noValue: '–' });
    }
    const ageless = framesOf({ ...answer, totals: [{ group: 't', counts: { pending: 121 }, abnormal: {} }] });
    expect(fieldOf(ageless.get('waiting'), 'value').config.displayNameFromDS).toBe('age not reported');
    expect(valuesOf(none.get('abnormal'), 'value')).toEqual([null]);
    expect(fieldOf(none.get('abnormal'), 'value').config).toMatchObject({
      displayNameFromDS: 'not enough data',
      color: { fixedColor: 'text' },
    });
    expect(valuesOf(ageless.get('abnormal'), 'value')).toEqual([0]);
  });

  test('that the source cannot tell are dashes, never a zero that reads as all well', () => {
    const reports = { pending: false, running: false, exits: false };
    const silent = framesOf(
      { ...answer, totals: [{ group: 't', counts: { completed: 1 }, abnormal: {} }] },
      { reports }
    );
    for (const name of ['waiting', 'running', 'abnormal']) {
      const { config, values } = fieldOf(silent.get(name), 'value');
      expect([name, config.displayNameFromDS, config.noValue, ...values]).toEqual([
        name,
        'not reported',
        '–',
        null,
        null,
      ]);
    }
    const totals = silent.get('totals');
    expect(['pending', 'running', 'abnormal', 'failed'].map((name) => valuesOf(totals, name))).toEqual([
      [null],
      [null],
      [null],
      [0],
    ]);
  });
});

describe('resources', () => {
  const frames = framesOf({
    view: 'resources',
    groupBy: 'task',
    step: 1000,
    buckets: [0, 1000],
    series: [
      { group: 'runs', cpuCores: [1, 2], rssBytes: [100, 500], now: { cpuCores: 0.5, rssBytes: 21 } },
      { group: 'over', cpuCores: [3, null], rssBytes: [300, 26] },
    ],
  });

  test('now are those of what runs now, not the last samples of what has ended', () => {
    expect(valuesOf(frames.get('memory now'), 'value')).toEqual([400, 21]);
    expect(valuesOf(frames.get('cpu now'), 'value')).toEqual([4, 0.5]);
    expect(valuesOf(frames.get('usage'), 'memoryNow')).toEqual([null, 21]);
    expect(valuesOf(frames.get('usage'), 'cpuNow')).toEqual([null, 0.5]);
  });

  test('now are none where nothing runs', () => {
    const idle = framesOf({
      view: 'resources',
      groupBy: 'task',
      step: 1000,
      buckets: [0, 1000],
      series: [{ group: 'over', cpuCores: [3, 1], rssBytes: [300, 26] }],
    });
    expect(valuesOf(idle.get('memory now'), 'value')).toEqual([300, null]);
    expect(fieldOf(idle.get('memory now'), 'value').config.noValue).toBe('–');
  });
});

describe('health', () => {
  const score = (group: string, part: Partial<HealthScore>): HealthScore => ({
    group,
    notEnoughData: false,
    runs: 186,
    failed: 0,
    deductions: [],
    fine: ['wait'],
    unchecked: ['missed_runs'],
    ...part,
  });
  const frames = framesOf({
    view: 'health',
    groupBy: 'task',
    step: 1000,
    groups: [
      score('fine', { score: 100 }),
      score('new', { notEnoughData: true, runs: 1 }),
      score('bad', {
        score: 41,
        failed: 41,
        mostly: 'SMTPServerDisconnected',
        since: NOW - 60_000,
        deductions: [{ reason: 'failures', points: 34, found: 0.22, allowed: 0.02, of: 186, runKeys: ['a\nb\n1'] }],
      }),
      score('slow', {
        score: 70,
        deductions: [{ reason: 'too_slow', points: 30, found: 12, allowed: 3, of: 9, runKeys: [] }],
      }),
    ],
    buckets: [0, 1000],
    history: [
      { group: 'bad', values: [96, 41] },
      { group: 'slow', values: [null, 70] },
    ],
  });

  test('puts trouble first, and says why in words where the source does not', () => {
    const frame = frames.get('trouble');
    expect(valuesOf(frame, 'task')).toEqual(['bad', 'slow', 'fine', 'new']);
    expect(valuesOf(frame, 'score')).toEqual([41, 70, 100, null]);
    expect(valuesOf(frame, 'failedOf')).toEqual(['41 / 186', '0 / 186', '0 / 186', '0 / 1']);
    expect(valuesOf(frame, 'mostly')).toEqual(['SMTPServerDisconnected', 'slower than usual', null, null]);
  });

  test('counts what is failing now, and names it', () => {
    const field = fieldOf(frames.get('failing'), 'value');
    expect([...field.values]).toEqual([0, 2]);
    expect(field.config.displayNameFromDS).toBe('bad · slow');
  });

  test('of which nothing can be judged is not "none failing"', () => {
    const few = framesOf({
      view: 'health',
      groupBy: 'task',
      step: 1000,
      groups: [score('new', { notEnoughData: true, runs: 1 })],
      buckets: [0, 1000],
      history: [],
    });
    const { config, values } = fieldOf(few.get('failing'), 'value');
    expect([config.displayNameFromDS, config.noValue, ...values]).toEqual(['not enough data', '–', null, null]);
  });

  test.each([
    ['the only run of a nightly job failed', { runs: 1, failed: 1 }, 1, 'new'],
    ['half of few failed', { runs: 2, failed: 1 }, 1, 'new'],
    ['fewer than half failed', { runs: 3, failed: 1 }, 0, 'none'],
    ['none failed', { runs: 3, failed: 0 }, 0, 'none'],
  ])('of what has too few runs for a score: %s', (_, counts, count, name) => {
    const groups = [score('new', { notEnoughData: true, ...counts }), score('fine', { score: 100, runs: 50 })];
    const few = framesOf({ view: 'health', groupBy: 'task', step: 1000, groups, buckets: [0], history: [] });
    const { config, values } = fieldOf(few.get('failing'), 'value');
    expect([config.displayNameFromDS, ...values]).toEqual([name, count]);
  });

  test('keeps every deduction with the runs behind it', () => {
    expect(valuesOf(frames.get('deductions'), 'runKeys')).toEqual([['a\nb\n1'], []]);
    expect(valuesOf(frames.get('health'), 'unchecked')[0]).toEqual(['missed_runs']);
  });
});

describe('a run in detail', () => {
  const frames = framesOf({
    view: 'transitions',
    range: context.range,
    truncated: false,
    runs: [
      {
        run: run({
          attempt: 1,
          maxAttempts: 3,
          state: 'failed',
          exitCode: 3,
          startedAt: NOW - 20_000,
          finishedAt: NOW - 10_000,
        }),
        transitions: [
          { at: NOW - 30_000, state: 'pending' },
          { at: NOW - 20_000, state: 'running' },
          { at: NOW - 10_000, state: 'failed' },
        ],
        conflicts: 0,
        samples: [
          { at: NOW - 18_000, cpuSeconds: 1, rssBytes: 100 },
          { at: NOW - 13_000, cpuSeconds: 3.5, rssBytes: 200 },
          { at: NOW - 12_000, cpuSeconds: 0.5 },
        ],
      },
      {
        run: run({ attempt: 2, state: 'running', startedAt: NOW - 5000, clockAheadMs: -3_600_000 }),
        transitions: [],
        conflicts: 2,
        samples: [],
      },
    ],
  });

  test('lists state changes with the time between them', () => {
    expect(valuesOf(frames.get('transitions'), 'gap')).toEqual([null, '10 s', '10 s']);
    expect(shown(frames.get('transitions'), 'state', 2)).toEqual({ text: 'failed', color: '#f2495c' });
  });

  test('states the facts of the newest attempt', () => {
    const facts = Object.fromEntries(
      valuesOf(frames.get('facts'), 'fact').map((name, i) => [name, valuesOf(frames.get('facts'), 'value')[i]])
    );
    expect(facts).toMatchObject({ State: 'running', Attempt: '2', Contradictions: '2' });
    expect(facts['Clock of its worker']).toMatch(/^1 h.* behind; times are corrected$/);
    expect(facts).not.toHaveProperty('Exit code');
  });

  test('shows CPU in cores; a counter that falls says nothing', () => {
    expect(valuesOf(frames.get('cpu'), 'cpuCores')).toEqual([null, 0.5, null]);
    expect(valuesOf(frames.get('memory'), 'rssBytes')).toEqual([100, 200, null]);
  });
});

test('waits that nobody tells are said to be not reported, in whatever columns are asked for', () => {
  const answer: Answer = {
    view: 'durations',
    groupBy: 'queue',
    step: 1000,
    buckets: [NOW - 1000],
    series: [{ group: 'q', what: 'duration', count: [1], p50: [1], p95: [1], p99: [1], max: [null] }],
  };
  const waits = (reports: Record<string, boolean>) =>
    chosenFrames(toFrames(answer, { ...context, reports }), 'durations', { frame: 'wait', columns: ['time', 'p95'] })[0]
      ?.fields;
  expect(waits({ waits: false })?.[1]).toMatchObject({
    name: 'p95',
    values: [null],
    config: { displayNameFromDS: 'not reported' },
  });
  // Told, and none waited.
  expect(waits({ waits: true })).toEqual([]);
});

test('tables of workers and queues leave empty what is not reported', () => {
  const workers = framesOf({
    view: 'workers',
    workers: [
      { source: 's', name: 'mail-1', running: 1, completed: 2, failed: 0, lost: 1, alive: false, queues: ['a', 'b'] },
      { source: 's', name: 'mail-2', running: 0 },
    ],
    truncated: false,
  }).get('workers');
  expect(valuesOf(workers, 'slots')).toEqual([null, null]);
  expect(valuesOf(workers, 'running')).toEqual([1, 0]);
  expect(valuesOf(workers, 'failed')).toEqual([0, null]);
  expect(valuesOf(workers, 'queues')).toEqual(['a, b', null]);
  expect(shown(workers, 'alive')).toEqual({ text: 'silent', color: '#ff9830' });
  const queues = framesOf({
    view: 'queues',
    queues: [
      { source: 's', name: 'fast', pending: 3, running: 1, oldestPendingAt: NOW - 1500, completed: 1, failed: 0 },
      { source: 's', name: 'slow', pending: 0 },
    ],
    truncated: true,
  }).get('queues');
  expect(valuesOf(queues, 'oldestAge')).toEqual([1500, null]);
  expect(valuesOf(queues, 'running')).toEqual([1, null]);
  expect(queues?.meta?.notices).toHaveLength(1);
});

test('Explore finds the panel that draws a frame', () => {
  const frames = framesOf(timeline([run()]));
  expect(frames.get('runs')?.meta?.preferredVisualisationPluginId).toBe(timelinePlugin.id);
  expect(frames.get('lanes')?.meta?.preferredVisualisationPluginId).toBe(timelinePlugin.id);
  const health = framesOf({ view: 'health', groupBy: 'task', step: 1000, groups: [], buckets: [], history: [] });
  expect(health.get('health')?.meta?.preferredVisualisationPluginId).toBe(healthPlugin.id);
  expect(health.get('trouble')?.meta?.preferredVisualisationPluginId).toBeUndefined();
});

test('a table of the timeline leaves instants empty that nobody knows', () => {
  const runs = framesOf(timeline([run({ state: 'pending', startedAt: undefined, finishedAt: undefined })])).get('runs');
  expect(valuesOf(runs, 'started')).toEqual([NaN]);
  expect(shown(runs, 'started').text).toBe('');
});

test('lineage and trace have the fields that Grafana draws', () => {
  const nodes = framesOf({
    view: 'lineage',
    nodes: [{ id: 'a', run: run({ substate: 'lost', state: 'failed' }), attempts: 2 }],
    edges: [{ parent: 'a', child: 'b', critical: true }],
    missingParents: 0,
    truncated: false,
  });
  expect(nodes.get('nodes')?.meta?.preferredVisualisationType).toBe('nodeGraph');
  expect(valuesOf(nodes.get('nodes'), 'subtitle')).toEqual(['lost']);
  expect(valuesOf(nodes.get('edges'), 'target')).toEqual(['b']);
  const trace = framesOf({
    view: 'trace',
    spans: [
      {
        traceId: 't',
        spanId: 's',
        operation: 'email.send',
        service: 'shop',
        startAt: 1,
        durationMs: 2,
        error: true,
        tags: [],
      },
    ],
    traceIds: ['t'],
    truncated: false,
  }).get('trace');
  expect(trace?.fields.map((field) => field.name)).toEqual(
    expect.arrayContaining([
      'traceID',
      'spanID',
      'parentSpanID',
      'operationName',
      'serviceName',
      'startTime',
      'duration',
    ])
  );
});

test('every view names its frames, and a query gets what it asks for', () => {
  const answer = timeline([run()]);
  const frames = toFrames(answer, context);
  expect(VIEWS.every((view) => FRAMES_OF_VIEW[view].length > 0)).toBe(true);
  expect(chosenFrames(frames, 'timeline', {}).map((frame) => frame.name)).toEqual(['runs', 'lanes']);
  expect(chosenFrames(frames, 'timeline', { frame: 'lanes' }).map((frame) => frame.name)).toEqual(['lanes']);
  const [narrow] = chosenFrames(frames, 'timeline', { frame: 'lanes', columns: ['health', 'lane', 'nope'] });
  expect(narrow?.fields.map((field) => field.name)).toEqual(['health', 'lane']);
});

test('what an answer gives notice of is a warning on each of its frames, in one text', () => {
  const notices = ['Prometheus warns: partial.', 'Sidekiq does not report queues.'];
  const [runs, lanes] = toFrames(timeline([run()], { notices }), context);
  expect(runs?.meta?.notices).toEqual([{ severity: 'warning', text: notices.join(' ') }]);
  expect(lanes?.meta?.notices).toEqual(runs?.meta?.notices);
  expect(runs?.meta?.custom).toHaveProperty('runlane');
});

test('a label is a column of its own where any run has it', () => {
  const runs = [run({ labels: { team: 'mail' } }), run({ labels: {} }), run({})];
  const frames = toFrames({ view: 'runs', runs, truncated: false, skipped: 0 }, context);
  const [narrow] = chosenFrames(frames, 'runs', { columns: ['label:team', 'task', 'label:nobody', 'label:toString'] });
  expect(narrow?.fields.map(({ name, values }) => [name, ...values])).toEqual([
    ['label:team', 'mail', null, null],
    ['task', 'email.send', 'email.send', 'email.send'],
  ]);
  expect(narrow?.fields[0]?.config.displayNameFromDS).toBe('team');
});

test('a chart without a series is empty, and can say so', () => {
  const buckets = [NOW - 60_000, NOW];
  const answer: Answer = { view: 'throughput', groupBy: 'task', step: 60_000, buckets, series: [] };
  const [frame] = chosenFrames(toFrames(answer, context), 'throughput', { columns: ['time', 'started'] });
  expect(frame).toMatchObject({ fields: [], length: 0 });
});

test('how often something happened in the whole range is a number of its own, and none where nobody tells it', () => {
  const buckets = [NOW - 60_000, NOW];
  const series = [
    { group: '', what: 'failed' as const, values: [2, 1] },
    { group: 'a', what: 'failed' as const, values: [null, 4] },
  ];
  const answer: Answer = { view: 'throughput', groupBy: 'task', step: 60_000, buckets, series };
  const number = (frame: string) => chosenFrames(toFrames(answer, context), 'throughput', { frame })[0]?.fields;
  expect(number('failed')).toMatchObject([{ name: 'count', values: Float64Array.of(7) }]);
  expect(number('started')).toEqual([]);
});
