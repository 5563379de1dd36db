import { FieldType } from '@grafana/data';
import type { DataFrame } from '@grafana/data';
import type { ResourceSample, RunDetail, TransitionsAnswer } from '../model/answer';
import { durationMs, waitMs } from '../model/task-run';
import type { Bytes } from '../model/units';
import { FRAME, RUN_FIELD } from './field-names';
import type { FrameContext, FrameWords } from './frame-context';
import { column, makeField, makeFrame, makeStateText, noticesOf, sayCount, texts } from './make-frame';
import { runFields } from './run-frame';
import { sayDuration } from './say-duration';
import { seriesField, timeField } from './series-frames';

/**
 * `transitions` (every state change, in order), `runs` (the attempts), `facts` (what is known of the newest attempt,
 * as name and text), `cpu` and `memory` (over the life of the attempts).
 */
export function transitionsFrames(answer: TransitionsAnswer, context: FrameContext): DataFrame[] {
  const { runs, truncated } = answer;
  const notices = noticesOf(context, { shown: runs.length, truncated });
  const attempts = runs.map((detail) => detail.run);
  return [
    listFrame(runs, context, notices),
    makeFrame(
      context,
      FRAME.runs,
      runFields(attempts, context, {
        state: makeStateText(
          context,
          RUN_FIELD.state,
          attempts.map((run) => run.state)
        ),
        times: column,
      }),
      { view: 'transitions', truncated },
      { notices }
    ),
    factsFrame(newestOf(runs), context),
    ...sampleFrames(runs, context),
  ];
}

function listFrame(
  runs: readonly RunDetail[],
  context: FrameContext,
  notices: ReturnType<typeof noticesOf>
): DataFrame {
  const rows = runs.flatMap(({ run, transitions }) =>
    transitions.map((transition, index) => ({ run, transition, before: transitions[index - 1] }))
  );
  return makeFrame(
    context,
    'transitions',
    [
      makeField(
        context,
        'time',
        FieldType.time,
        Float64Array.from(rows, ({ transition }) => transition.at)
      ),
      makeStateText(
        context,
        RUN_FIELD.state,
        rows.map(({ transition }) => transition.state)
      ),
      makeField(
        context,
        RUN_FIELD.substate,
        FieldType.string,
        texts(rows.map(({ transition }) => transition.substate))
      ),
      makeField(
        context,
        'gap',
        FieldType.string,
        texts(
          rows.map(({ transition, before }) =>
            before === undefined ? undefined : sayDuration(transition.at - before.at, context.words.units)
          )
        )
      ),
      makeField(
        context,
        RUN_FIELD.attempt,
        FieldType.number,
        Uint32Array.from(rows, ({ run }) => run.attempt)
      ),
      makeField(context, RUN_FIELD.worker, FieldType.string, texts(rows.map(({ transition }) => transition.worker))),
      makeField(
        context,
        RUN_FIELD.nativeState,
        FieldType.string,
        texts(rows.map(({ transition }) => transition.nativeState))
      ),
      makeField(
        context,
        RUN_FIELD.evidence,
        FieldType.string,
        texts(rows.map(({ transition }) => transition.evidence))
      ),
      makeField(
        context,
        RUN_FIELD.runId,
        FieldType.string,
        rows.map(({ run }) => run.runId)
      ),
    ],
    { view: 'transitions' },
    { notices }
  );
}

function newestOf(runs: readonly RunDetail[]): RunDetail | undefined {
  return [...runs].sort((a, b) => b.run.attempt - a.run.attempt || b.run.observedAt - a.run.observedAt)[0];
}

function sayClock(aheadMs: number, words: FrameWords): string {
  return aheadMs > 0
    ? words.clockAhead(sayDuration(aheadMs, words.units))
    : words.clockBehind(sayDuration(-aheadMs, words.units));
}

function factsFrame(detail: RunDetail | undefined, context: FrameContext): DataFrame {
  const { words } = context;
  const facts: Array<[string, string]> = [];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') {
      facts.push([words.fields[name] ?? name, value]);
    }
  };
  if (detail !== undefined) {
    const { run, conflicts } = detail;
    const state = run.substate === 'lost' ? words.states.lost : words.states[run.state];
    add('state', run.substate === undefined || run.substate === 'lost' ? state : `${state} · ${run.substate}`);
    add('task', run.task);
    add('runId', run.runId);
    add('attempt', run.maxAttempts === undefined ? String(run.attempt) : `${run.attempt} / ${run.maxAttempts}`);
    add('exitCode', run.exitCode?.toString());
    add('signal', run.signal);
    add('errorType', run.error?.type);
    add('error', run.error?.message);
    const wait = waitMs(run);
    const duration = durationMs(run);
    add('wait', wait === undefined ? undefined : sayDuration(wait, words.units));
    add('duration', duration === undefined ? undefined : sayDuration(duration, words.units));
    add('worker', run.worker);
    add('host', run.host);
    add('queue', run.queue);
    add('source', run.source);
    add('cpuSeconds', run.cpuSeconds === undefined ? undefined : sayDuration(run.cpuSeconds * 1000, words.units));
    add('maxRssBytes', run.maxRssBytes === undefined ? undefined : sayMebibytes(run.maxRssBytes));
    add('memoryLimitBytes', run.memoryLimitBytes === undefined ? undefined : sayMebibytes(run.memoryLimitBytes));
    add('cpuLimitCores', run.cpuLimitCores === undefined ? undefined : String(run.cpuLimitCores));
    add('clockAhead', run.clockAheadMs === undefined ? undefined : sayClock(run.clockAheadMs, words));
    add('parentId', run.parentId);
    add('rootId', run.rootId);
    add('traceId', run.traceId);
    add('evidence', run.evidence);
    for (const [label, value] of Object.entries(run.labels ?? {})) {
      facts.push([label, value]);
    }
    add('args', run.args);
    add('result', run.result);
    add('conflicts', conflicts === 0 ? undefined : sayCount(conflicts));
    add('stack', run.error?.stack);
  }
  return makeFrame(
    context,
    'facts',
    [
      makeField(
        context,
        'fact',
        FieldType.string,
        facts.map(([name]) => name)
      ),
      makeField(
        context,
        'value',
        FieldType.string,
        facts.map(([, value]) => value)
      ),
    ],
    { view: 'transitions' }
  );
}

function sampleFrames(runs: readonly RunDetail[], context: FrameContext): DataFrame[] {
  const many = runs.length > 1;
  const lines = runs
    .filter(({ samples }) => samples.length > 0)
    .map(({ run, samples }) => ({
      label: many ? `${context.words.fields['attempt'] ?? 'attempt'} ${run.attempt}` : '',
      samples,
      cores: coresOf(samples),
    }));
  const times = [...new Set(lines.flatMap(({ samples }) => samples.map((sample) => sample.at)))].sort((a, b) => a - b);
  const place = new Map(times.map((at, index) => [at, index]));
  const spread = (samples: readonly ResourceSample[], values: ReadonlyArray<number | undefined>) => {
    const row: Array<number | null> = times.map(() => null);
    samples.forEach((sample, i) => {
      row[place.get(sample.at) ?? 0] = values[i] ?? null;
    });
    return row;
  };
  const make = (
    name: string,
    field: string,
    values: (line: (typeof lines)[number]) => ReadonlyArray<number | undefined>,
    config: object
  ) => {
    // Nothing but gaps is no series: the frame is then empty, and the panel says so.
    const known = lines.filter((line) => values(line).some((value) => value !== undefined));
    return makeFrame(
      context,
      name,
      [
        timeField(context, known.length === 0 ? [] : times),
        ...known.map((line) =>
          seriesField(
            context,
            field,
            line.label,
            'attempt',
            context.words.fields[field] ?? field,
            spread(line.samples, values(line)),
            config
          )
        ),
      ],
      { view: 'transitions' }
    );
  };
  return [
    make('cpu', 'cpuCores', (line) => line.cores, { decimals: 2, min: 0 }),
    make('memory', 'rssBytes', (line) => line.samples.map((sample) => sample.rssBytes), { unit: 'bytes', min: 0 }),
  ];
}

/** Cores in use between a sample and the one before it, from CPU seconds used so far. A counter that falls is no fact. */
function coresOf(samples: readonly ResourceSample[]): Array<number | undefined> {
  return samples.map((sample, i) => {
    const before = samples[i - 1];
    if (before?.cpuSeconds === undefined || sample.cpuSeconds === undefined || sample.at <= before.at) {
      return undefined;
    }
    const used = sample.cpuSeconds - before.cpuSeconds;
    return used < 0 ? undefined : (used * 1000) / (sample.at - before.at);
  });
}

function sayMebibytes(bytes: Bytes): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
