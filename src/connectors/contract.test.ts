import { existsSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import type { Answer } from '../model/answer';
import { ConnectorError } from '../model/connector-error';
import { isLifecycleState } from '../model/lifecycle';
import { NO_FILTER, VIEWS } from '../model/task-query';
import type { TimeRange } from '../model/task-query';
import { durationMs, runKey, waitMs } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { Connector, Http, HttpResponse } from './connector';
import { SYSTEMS } from './index';
import type { SourceSettings, SourceSystem } from './system';

/** A recorded situation: what each path answered. */
interface Fixture {
  /** When it was recorded, and the range that was asked for; of a made-up source, fixed ones. */
  now?: number;
  range?: TimeRange;
  /** Of the source that was recorded. */
  settings?: SourceSettings;
  answers: Array<HttpResponse & { path: string }>;
}

const RANGE: TimeRange = { from: 1_750_000_000_000 - 3_600_000, to: 1_750_000_000_000 };
const never = new AbortController().signal;

const situations = SYSTEMS.flatMap((system) => {
  const folder = join(__dirname, system.id, 'fixtures');
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
  return files.map((file) => ({
    name: `${system.id}: ${file.replace(/\.json$/, '').replace(/-/g, ' ')}`,
    system,
    fixture: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Fixture,
  }));
});

/** Answers by path without its question; what was not recorded is 404. */
function replay({ answers }: Fixture): Http {
  const bare = (path: string) => path.split('?', 1)[0];
  return async (path, init) => {
    if (init?.signal?.aborted) {
      throw init.signal.reason;
    }
    const found = answers.find((one) => one.path === path) ?? answers.find((one) => bare(one.path) === bare(path));
    return found === undefined ? { status: 404, body: '' } : { status: found.status, body: found.body };
  };
}

/** Everything that a connector can be asked, by name. */
function questions(connector: Connector, signal: AbortSignal, range = RANGE): Record<string, () => Promise<unknown>> {
  const asked: Record<string, () => Promise<unknown>> = {
    check: () => connector.check(signal),
    runs: () => connector.runs({ filter: NO_FILTER, range, limit: 50 }, signal),
  };
  const { workers, parts, queues, assets, values, lacks, sources, aggregate } = connector;
  if (workers !== undefined) {
    asked['workers'] = () => workers(NO_FILTER, range, signal);
  }
  if (parts !== undefined) {
    asked['parts'] = () => parts(signal);
  }
  if (queues !== undefined) {
    asked['queues'] = () => queues(NO_FILTER, range, signal);
  }
  if (assets !== undefined) {
    asked['assets'] = () => assets(signal);
  }
  if (values !== undefined) {
    asked['values'] = () => values('task', NO_FILTER, range, signal);
  }
  if (lacks !== undefined) {
    asked['lacks'] = () => lacks(signal);
  }
  if (sources !== undefined) {
    asked['sources'] = () => sources(signal);
  }
  for (const view of connector.answers ?? []) {
    if (aggregate !== undefined) {
      asked[`aggregate ${view}`] = () =>
        aggregate({ query: { view, filter: NO_FILTER, groupBy: 'task' }, range, step: 60_000 }, signal);
    }
  }
  return asked;
}

test('every connector has recorded fixtures and an id of its own', () => {
  const untold = SYSTEMS.filter((system) => !situations.some((one) => one.system === system));
  expect(untold.map(({ id }) => `${id} lacks src/connectors/${id}/fixtures/*.json`)).toEqual([]);
  expect(new Set(SYSTEMS.map(({ id }) => id)).size).toBe(SYSTEMS.length);
});

describe.each(situations)('$name', ({ system, fixture }) => {
  const connector = system.create({ http: replay(fixture) }, fixture.settings);
  const { now, range } = fixture;

  beforeEach(() => {
    if (now !== undefined) {
      jest.spyOn(Date, 'now').mockReturnValue(now);
    }
  });
  afterEach(() => jest.restoreAllMocks());

  test('is known by the id of the registry and answers only views that exist', () => {
    expect(connector.id).toBe(system.id);
    expect((connector.answers ?? []).every((view) => VIEWS.includes(view))).toBe(true);
  });

  test.each(Object.keys(questions(connector, never)))(
    '%s is answered in the words of the model, or refused',
    async (name) => {
      let answer: unknown;
      try {
        answer = await questions(connector, never, range)[name]?.();
      } catch (error) {
        expect(error).toBeInstanceOf(ConnectorError);
        const message = (error as ConnectorError).message;
        expect(message).toMatch(new RegExp(`^\\[${system.id}\\] .+\\.$`, 's'));
        expect({ kind: (error as ConnectorError).kind, message }).toMatchSnapshot();
        return;
      }
      const runs = runsIn(answer);
      runs.forEach(expectRun);
      expect(new Set(runs.map(runKey)).size).toBe(runs.length);
      if (name.startsWith('aggregate ')) {
        expect((answer as Answer).view).toBe(name.slice('aggregate '.length));
        expectEqualColumns(answer as Answer);
      }
      expect(undefinedPlaces(answer, 'answer')).toEqual([]);
      expect(readable(answer)).toMatchSnapshot();
    }
  );

  test.each(Object.keys(questions(connector, never)))(
    '%s ends with the reason of the one who cancels',
    async (name) => {
      const life = new AbortController();
      const reason = new Error('not needed any more');
      life.abort(reason);
      await expect(questions(connector, life.signal)[name]?.()).rejects.toBe(reason);
    }
  );
});

describe.each<SourceSystem>(SYSTEMS)('$id, whatever answers in its stead', (system) => {
  const strange: Array<readonly [string, HttpResponse, string]> = [
    ['a login page', { status: 200, body: '<!doctype html><title>Sign in</title>' }, 'unexpected-shape'],
    ['nothing', { status: 200, body: '' }, 'truncated'],
    ['null', { status: 200, body: 'null' }, 'unexpected-shape'],
    ['a number', { status: 200, body: '42' }, 'unexpected-shape'],
    ['a list', { status: 200, body: '[]' }, 'unexpected-shape'],
    ['an empty object', { status: 200, body: '{}' }, 'unexpected-shape'],
    ['JSON that breaks off', { status: 200, body: '{"runs":[{"source":"shop","runId":"1"' }, 'truncated'],
    ['Grafana that hides a 401', { status: 400, body: 'Authentication to data source failed' }, 'unauthorised'],
    ['401', { status: 401, body: '' }, 'unauthorised'],
    ['403', { status: 403, body: '{"error":"no"}' }, 'unauthorised'],
    ['404', { status: 404, body: 'not found' }, 'unsupported-version'],
    ['413', { status: 413, body: '' }, 'bad-request'],
    ['429', { status: 429, body: '{"error":"busy"}' }, 'unreachable'],
    ['500', { status: 500, body: '<h1>oops</h1>' }, 'unreachable'],
    ['502 without a word', { status: 502, body: '' }, 'unreachable'],
    ['503', { status: 503, body: '{"message":"stopping"}' }, 'unreachable'],
    ['504', { status: 504, body: '' }, 'timeout'],
  ];

  const faults = strange.filter(([, { body }]) => !system.nothing.includes(body));

  test.each(faults)('%s is one clear error for every question', async (_, response, kind) => {
    const connector = system.create({ http: async () => response });
    for (const ask of Object.values(questions(connector, never))) {
      const error: unknown = await ask().then(
        () => 'answered',
        (reason: unknown) => reason
      );
      expect(error).toBeInstanceOf(ConnectorError);
      expect((error as ConnectorError).kind).toBe(kind);
      expect((error as ConnectorError).message).not.toContain('<');
    }
  });

  test('a failure of the port leaves as it came', async () => {
    const failure = new ConnectorError('timeout', system.id, 'GET / took too long. Try again.');
    const connector = system.create({ http: () => Promise.reject(failure) });
    for (const ask of Object.values(questions(connector, never))) {
      await expect(ask()).rejects.toBe(failure);
    }
  });
});

function expectRun(run: TaskRun): void {
  expect(typeof run.source).toBe('string');
  expect(run.runId).not.toBe('');
  expect(run.attempt).toBeGreaterThanOrEqual(1);
  expect(isLifecycleState(run.state)).toBe(true);
  expect(Number.isFinite(run.observedAt)).toBe(true);
  const times = [run.queuedAt, run.startedAt, run.finishedAt].filter((time) => time !== undefined);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const hasEnded = run.state === 'completed' || run.state === 'failed' || run.state === 'cancelled';
  expect({ state: run.state, ended: run.finishedAt !== undefined }).toEqual({ state: run.state, ended: hasEnded });
}

const LONGEST_SNAPSHOT = 1500;

/** What a person compares: runs as lines, short answers whole, of long ones the outline and whether anything changed. */
function readable(answer: unknown): unknown {
  const runs = runsIn(answer);
  if (runs.length > 0) {
    return { outline: outline(answer, 2), runs: runs.slice(0, 40).map(runLine) };
  }
  const text = JSON.stringify(answer);
  return text.length <= LONGEST_SNAPSHOT ? answer : { outline: outline(answer, 3), fingerprint: fingerprint(text) };
}

/** `orders.charge 45d7 #1 failed/error LookupError, waited 20 ms, ran 1200 ms`. */
function runLine(run: TaskRun): string {
  const { task, runId, attempt, state, substate, error, signal, exitCode } = run;
  const lasted = (word: string, time: number | undefined) => (time === undefined ? '' : `, ${word} ${time} ms`);
  const why = [error?.type, signal, exitCode].filter((part) => part !== undefined).join(' ');
  return `${task} ${runId} #${attempt} ${state}/${substate ?? '–'} ${why}${lasted('waited', waitMs(run))}${lasted('ran', durationMs(run))}`;
}

/** Every array of a series is as long as the buckets. */
function expectEqualColumns(answer: Answer): void {
  if (!('buckets' in answer)) {
    return;
  }
  const { length } = answer.buckets;
  const series: readonly object[] =
    'series' in answer ? answer.series : 'history' in answer ? answer.history : answer.groups;
  for (const one of series) {
    for (const [name, column] of Object.entries(one)) {
      if (Array.isArray(column) && name !== 'tasks') {
        expect([name, column.length]).toEqual([name, length]);
      }
    }
  }
}

function runsIn(answer: unknown): TaskRun[] {
  const { runs, page } = (answer ?? {}) as { runs?: unknown[]; page?: { runs: TaskRun[] } };
  const list = page?.runs ?? runs ?? [];
  return list.map((item) => (item as { run?: TaskRun }).run ?? (item as TaskRun));
}

/** What there is, without the values: keys, lengths and types down to a depth. */
function outline(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) {
    return depth === 0 || value.length === 0
      ? `${value.length} items`
      : [`${value.length} items`, outline(value[0], depth - 1)];
  }
  if (typeof value === 'object' && value !== null) {
    return depth === 0
      ? 'object'
      : Object.fromEntries(Object.entries(value).map(([key, part]) => [key, outline(part, depth - 1)]));
  }
  return typeof value;
}

/** FNV-1a, 32 bits: the same text gives the same word in browser and Node. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

/** "Not reported" is an absent key, never a key with `undefined`. */
function undefinedPlaces(value: unknown, where: string): string[] {
  if (typeof value !== 'object' || value === null) {
    return value === undefined ? [where] : [];
  }
  return Object.entries(value).flatMap(([key, part]) => undefinedPlaces(part, `${where}.${key}`));
}
