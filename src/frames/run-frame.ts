import { FieldType, MappingType } from '@grafana/data';
import type { DataFrame, Field, ValueMapping } from '@grafana/data';
import type { RunPage, RunsAnswer, RunStrip, TimelineAnswer } from '../model/answer';
import { groupOf } from '../model/group-of';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import type { GroupBy } from '../model/task-query';
import { durationMs, isRetried, waitMs } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import { COLUMN_FIELD, FRAME, LANE_FIELD, RUN_FIELD, STRIP_FIELD } from './field-names';
import type { FrameContext } from './frame-context';
import {
  EMPTY_WHERE_UNKNOWN,
  SHOWN_BY,
  column,
  makeField,
  makeFrame,
  makeNameEnum,
  makeStateEnum,
  makeStateText,
  noticesOf,
  texts,
  typedColumn,
} from './make-frame';
import { ownTimeFields } from './own-times';
import { STATE_COLORS } from './state-colors';

/** One row per attempt, for tables: states as words, columns that nobody reports left out. */
export function runsFrames(answer: RunsAnswer, context: FrameContext): DataFrame[] {
  const { runs } = answer;
  const fields = runFields(runs, context, {
    state: makeStateText(
      context,
      RUN_FIELD.state,
      runs.map((run) => (isRetried(run) ? 'retried' : run.state))
    ),
    times: column,
  });
  return [
    makeFrame(
      context,
      FRAME.runs,
      fields,
      { view: 'runs', ...pageMeta(answer), ...(answer.next === undefined ? {} : { next: answer.next }) },
      { notices: pageNotices(answer, context), visualisation: { preferredVisualisationType: 'table' } }
    ),
  ];
}

/** Runs and columns, the lanes beside them, and the strips of CPU and memory: what the timeline panel draws from. */
export function timelineFrames(answer: TimelineAnswer, context: FrameContext): DataFrame[] {
  const { groupBy, lanes, page, columns, strips, total } = answer;
  const names = lanes.map((lane) => lane.name);
  const frames: DataFrame[] = [];
  if (page !== undefined) {
    frames.push(timelineRuns(page, groupBy, names, total, context));
  }
  if (columns !== undefined) {
    frames.push(
      makeFrame(
        context,
        FRAME.columns,
        [
          makeNameEnum(context, COLUMN_FIELD.lane, names, columns.lane),
          makeField(context, COLUMN_FIELD.started, FieldType.time, Float64Array.from(columns.start)),
          makeField(context, COLUMN_FIELD.finished, FieldType.time, Float64Array.from(columns.end)),
          makeStateEnum(context, COLUMN_FIELD.state, columns.state),
          ...(columns.retried === undefined
            ? []
            : [makeField(context, COLUMN_FIELD.retried, FieldType.number, Uint32Array.from(columns.retried))]),
          makeField(context, COLUMN_FIELD.count, FieldType.number, Uint32Array.from(columns.count)),
          ...LIFECYCLE_STATES.flatMap((state) => {
            const counts = columns.counts[state];
            return counts === undefined
              ? []
              : [makeField(context, COLUMN_FIELD[state], FieldType.number, Uint32Array.from(counts))];
          }),
          makeField(context, COLUMN_FIELD.lost, FieldType.number, Uint32Array.from(columns.lost)),
        ],
        { view: 'timeline', groupBy, total: total - (page?.total ?? 0) },
        { visualisation: SHOWN_BY.timeline }
      )
    );
  }
  frames.push(lanesFrame(answer, context));
  if (strips !== undefined && strips.length > 0) {
    frames.push(stripsFrame(strips, context));
  }
  return frames;
}

function timelineRuns(
  page: RunPage,
  groupBy: GroupBy,
  names: string[],
  total: number,
  context: FrameContext
): DataFrame {
  const { runs } = page;
  const places = new Map(names.map((name, index) => [name, index]));
  const known = [...names];
  const lane = runs.map((run) => {
    const name = groupOf(run, groupBy);
    let place = places.get(name);
    if (place === undefined) {
      place = known.push(name) - 1;
      places.set(name, place);
    }
    return place;
  });
  const fields = runFields(runs, context, {
    state: makeStateEnum(
      context,
      RUN_FIELD.state,
      runs.map((run) => run.state)
    ),
    times: typedColumn,
  });
  const all = { ...page, total: page.total ?? total };
  return makeFrame(
    context,
    FRAME.runs,
    [makeNameEnum(context, RUN_FIELD.lane, known, lane), ...fields],
    { view: 'timeline', groupBy, ...pageMeta(all) },
    { notices: pageNotices(all, context), visualisation: SHOWN_BY.timeline }
  );
}

function lanesFrame(
  { lanes, groupBy, total, lanesOmitted, counts, lost }: TimelineAnswer,
  context: FrameContext
): DataFrame {
  const number = (name: string, values: Array<number | undefined>, config = {}) =>
    makeField(context, name, FieldType.number, column(values), config);
  const fields = [
    makeField(
      context,
      LANE_FIELD.lane,
      FieldType.string,
      lanes.map((lane) => lane.name)
    ),
    makeField(context, LANE_FIELD.source, FieldType.string, texts(lanes.map((lane) => lane.source))),
    makeField(context, LANE_FIELD.context, FieldType.string, texts(lanes.map((lane) => lane.context))),
    number(
      LANE_FIELD.health,
      lanes.map((lane) => lane.health),
      { min: 0, max: 100 }
    ),
    number(
      LANE_FIELD.usualWait,
      lanes.map((lane) => lane.usualWaitMs),
      { unit: 'ms' }
    ),
    number(
      LANE_FIELD.usualDuration,
      lanes.map((lane) => lane.usualDurationMs),
      { unit: 'ms' }
    ),
    number(
      LANE_FIELD.usualDurationLow,
      lanes.map((lane) => lane.usualDurationLowMs),
      { unit: 'ms' }
    ),
    number(
      LANE_FIELD.usualDurationHigh,
      lanes.map((lane) => lane.usualDurationHighMs),
      { unit: 'ms' }
    ),
    ...LIFECYCLE_STATES.map((state) =>
      number(
        LANE_FIELD[state],
        lanes.map((lane) => lane.counts[state])
      )
    ),
    number(
      LANE_FIELD.lost,
      lanes.map((lane) => lane.lost)
    ),
    makeField(context, LANE_FIELD.lastBegan, FieldType.time, column(lanes.map((lane) => lane.lastBeganAt))),
    makeField(
      context,
      LANE_FIELD.missed,
      FieldType.other,
      lanes.map((lane) => lane.missedAt ?? null)
    ),
  ];
  return makeFrame(
    context,
    FRAME.lanes,
    fields,
    {
      view: 'timeline',
      groupBy,
      total,
      counts: { ...counts, ...(lost === undefined ? {} : { lost }) },
      ...(lanesOmitted === undefined ? {} : { lanesOmitted }),
    },
    { notices: noticesOf(context, { omitted: lanesOmitted }), visualisation: SHOWN_BY.timeline }
  );
}

function stripsFrame(strips: readonly RunStrip[], context: FrameContext): DataFrame {
  const rows = strips.flatMap((strip) => strip.at.map((at, i) => ({ strip, at, i })));
  return makeFrame(
    context,
    FRAME.strips,
    [
      makeField(
        context,
        STRIP_FIELD.run,
        FieldType.number,
        Uint32Array.from(rows, ({ strip }) => strip.run)
      ),
      makeField(
        context,
        STRIP_FIELD.time,
        FieldType.time,
        Float64Array.from(rows, ({ at }) => at)
      ),
      makeField(
        context,
        STRIP_FIELD.cpuCores,
        FieldType.number,
        typedColumn(rows.map(({ strip, i }) => strip.cpuCores[i])),
        { unit: 'none', ...EMPTY_WHERE_UNKNOWN }
      ),
      makeField(
        context,
        STRIP_FIELD.rssBytes,
        FieldType.number,
        typedColumn(rows.map(({ strip, i }) => strip.rssBytes[i])),
        { unit: 'bytes', ...EMPTY_WHERE_UNKNOWN }
      ),
    ],
    { view: 'timeline' },
    { visualisation: SHOWN_BY.timeline }
  );
}

type Numbers = ReadonlyArray<number | undefined>;

/** The columns of an attempt. Fields that no run reports are left out: the absence is the message. */
export function runFields(
  runs: readonly TaskRun[],
  context: FrameContext,
  make: { state: Field; times: (values: Numbers) => ArrayLike<unknown> }
): Field[] {
  const fields: Field[] = [];
  const reported = (values: readonly unknown[]) => values.some((value) => value !== undefined);
  const time = (name: string, read: (run: TaskRun) => number | undefined, always = false) => {
    const values = runs.map(read);
    if (always || reported(values)) {
      fields.push(makeField(context, name, FieldType.time, make.times(values), EMPTY_WHERE_UNKNOWN));
    }
  };
  const number = (name: string, read: (run: TaskRun) => number | undefined, config = {}) => {
    const values = runs.map(read);
    if (reported(values)) {
      fields.push(makeField(context, name, FieldType.number, column(values), config));
    }
  };
  const text = (name: string, read: (run: TaskRun) => string | undefined, always = false) => {
    const values = runs.map(read);
    if (always || reported(values)) {
      fields.push(makeField(context, name, FieldType.string, texts(values)));
    }
  };

  time(RUN_FIELD.started, (run) => run.startedAt, true);
  time(RUN_FIELD.finished, (run) => run.finishedAt, true);
  fields.push(make.state);
  if (runs.some((run) => run.substate !== undefined)) {
    const lost = { mappings: lostMapping(context) };
    fields.push(makeField(context, RUN_FIELD.substate, FieldType.string, texts(runs.map((run) => run.substate)), lost));
  }
  text(RUN_FIELD.task, (run) => run.task, true);
  text(RUN_FIELD.runId, (run) => run.runId, true);
  fields.push(
    makeField(
      context,
      RUN_FIELD.attempt,
      FieldType.number,
      Uint32Array.from(runs, (run) => run.attempt)
    )
  );
  number(RUN_FIELD.maxAttempts, (run) => run.maxAttempts);
  text(RUN_FIELD.source, (run) => run.source, true);
  text(RUN_FIELD.queue, (run) => run.queue);
  text(RUN_FIELD.worker, (run) => run.worker);
  text(RUN_FIELD.host, (run) => run.host);
  number(RUN_FIELD.wait, waitMs, { unit: 'ms' });
  number(RUN_FIELD.duration, durationMs, { unit: 'ms' });
  number(RUN_FIELD.exitCode, (run) => run.exitCode);
  text(RUN_FIELD.signal, (run) => run.signal);
  text(RUN_FIELD.errorType, (run) => run.error?.type);
  text(RUN_FIELD.error, (run) => run.error?.message);
  number(RUN_FIELD.cpuSeconds, (run) => run.cpuSeconds, { unit: 's' });
  number(RUN_FIELD.maxRssBytes, (run) => run.maxRssBytes, { unit: 'bytes' });
  number(RUN_FIELD.memoryLimitBytes, (run) => run.memoryLimitBytes, { unit: 'bytes' });
  number(RUN_FIELD.cpuLimitCores, (run) => run.cpuLimitCores);
  number(RUN_FIELD.clockAhead, (run) => run.clockAheadMs, { unit: 'ms' });
  time(RUN_FIELD.created, (run) => run.createdAt);
  time(RUN_FIELD.queued, (run) => run.queuedAt);
  time(RUN_FIELD.observed, (run) => run.observedAt, true);
  text(RUN_FIELD.nativeState, (run) => run.nativeState);
  text(RUN_FIELD.kind, (run) => run.kind);
  text(RUN_FIELD.parentId, (run) => run.parentId);
  text(RUN_FIELD.rootId, (run) => run.rootId);
  text(RUN_FIELD.traceId, (run) => run.traceId);
  text(RUN_FIELD.spanId, (run) => run.spanId);
  text(RUN_FIELD.parentSpanId, (run) => run.parentSpanId);
  text(RUN_FIELD.evidence, (run) => run.evidence);
  number(RUN_FIELD.retried, (run) => (isRetried(run) ? 1 : undefined));
  const labels = runs.map((run) => run.labels);
  if (reported(labels)) {
    fields.push(
      makeField(
        context,
        RUN_FIELD.labels,
        FieldType.other,
        labels.map((value) => value ?? null)
      )
    );
  }
  text(RUN_FIELD.args, (run) => run.args);
  text(RUN_FIELD.result, (run) => run.result);
  text(RUN_FIELD.stack, (run) => run.error?.stack);
  fields.push(...ownTimeFields(runs, context));
  return fields;
}

/** Lost is told from any other failure at a glance, also in tables. */
function lostMapping({ shade, words }: FrameContext): ValueMapping[] {
  return [
    {
      type: MappingType.ValueToText,
      options: { lost: { text: words.states.lost, color: STATE_COLORS[shade].lost, index: 0 } },
    },
  ];
}

function pageMeta({ total, truncated, skipped }: RunPage) {
  return { ...(total === undefined ? {} : { total }), truncated, skipped };
}

function pageNotices({ runs, total, truncated, skipped }: RunPage, context: FrameContext) {
  return noticesOf(context, { shown: runs.length, total, truncated, skipped });
}
