import { FieldType } from '@grafana/data';
import type { DataFrame, Field } from '@grafana/data';
import type { Answer } from '../model/answer';
import type { View } from '../model/task-query';
import { transitionsFrames } from './detail-frames';
import { alertsFrames } from './alert-frames';
import { assetsFrames } from './asset-frames';
import { RUN_FIELD, SERIES_FIELD } from './field-names';
import type { FrameContext } from './frame-context';
import { lineageFrames, traceFrames } from './graph-frames';
import { healthFrames } from './health-frames';
import { withNotice } from './make-frame';
import { budgetFrames, rateFrame } from './objective-frames';
import { oneRunFrames } from './one-run-frames';
import { runsFrames, timelineFrames } from './run-frame';
import { durationsFrames, resourcesFrames, statesFrames, throughputFrames } from './series-frames';
import { failuresFrames, queuesFrames, workersFrames } from './table-frames';
import { usageFrame } from './usage-frame';

/** Every frame that an answer gives, as `SCHEMAS.md` describes them. `chosenFrames` picks what a query asked for. */
export function toFrames(answer: Answer, context: FrameContext): DataFrame[] {
  const frames = framesOf(answer, context);
  const { notices } = answer;
  // In one text, because Grafana shows one notice of each severity.
  return notices === undefined || notices.length === 0
    ? frames
    : frames.map((frame) => withNotice(frame, { severity: 'warning', text: notices.join(' ') }));
}

function framesOf(answer: Answer, context: FrameContext): DataFrame[] {
  switch (answer.view) {
    case 'runs':
      return runsFrames(answer, context);
    case 'timeline':
      return timelineFrames(answer, context);
    case 'states':
      return [...statesFrames(answer, context), ...budgetFrames(answer, context)];
    case 'throughput':
      return [...throughputFrames(answer, context), rateFrame(answer, context)];
    case 'durations':
      return durationsFrames(answer, context);
    case 'health':
      return healthFrames(answer, context);
    case 'failures':
      return failuresFrames(answer, context);
    case 'workers':
      return workersFrames(answer, context);
    case 'queues':
      return queuesFrames(answer, context);
    case 'resources':
      return [...resourcesFrames(answer, context), usageFrame(answer, context)];
    case 'assets':
      return assetsFrames(answer, context);
    case 'alerts':
      return alertsFrames(answer, context);
    case 'transitions':
      return transitionsFrames(answer, context);
    case 'run':
      return oneRunFrames(answer, context);
    case 'lineage':
      return lineageFrames(answer, context);
    case 'trace':
      return traceFrames(answer, context);
  }
}

/** Names of the frames of each view, the one that is given when none is asked for first. */
export const FRAMES_OF_VIEW: Readonly<Record<View, readonly string[]>> = {
  runs: ['runs'],
  timeline: ['runs', 'columns', 'lanes', 'strips'],
  states: ['states', 'totals', 'waiting', 'running', 'finished', 'abnormal', 'budget', 'budgets'],
  throughput: ['throughput', 'rate', 'started', 'failed'],
  durations: ['duration', 'wait'],
  health: ['health', 'deductions', 'deduction runs', 'health history', 'trouble', 'failing'],
  failures: ['failures', 'failures over time'],
  workers: ['workers'],
  queues: ['queues'],
  resources: ['cpu', 'memory', 'usage', 'cpu now', 'memory now'],
  assets: ['assets'],
  alerts: ['alerts', 'firing', 'alert times'],
  transitions: ['transitions', 'runs', 'facts', 'cpu', 'memory'],
  run: ['runs', 'transitions', 'facts', 'cpu', 'memory', 'usual', 'differences', 'family', 'failures'],
  lineage: ['nodes', 'edges'],
  trace: ['trace'],
};

/** Views whose frames belong together: a panel of ours (or the node graph) reads them all. */
const WHOLE: Partial<Record<View, readonly string[]>> = {
  timeline: ['runs', 'columns', 'lanes', 'strips'],
  health: ['health', 'deductions', 'deduction runs', 'health history'],
  run: ['runs', 'cpu', 'memory', 'usual', 'differences', 'failures'],
  lineage: ['nodes', 'edges'],
};

/**
 * The frames that a query gets: the one it names, else those that belong together, else the view's first. `columns`
 * keeps only these fields by name, in this order, `label:team` as a field made of that label; names that the frame does
 * not have are left out.
 */
export function chosenFrames(
  frames: readonly DataFrame[],
  view: View,
  choice: { frame?: string; columns?: readonly string[] }
): DataFrame[] {
  const wanted =
    choice.frame === undefined || choice.frame === ''
      ? (WHOLE[view] ?? FRAMES_OF_VIEW[view].slice(0, 1))
      : [choice.frame];
  const chosen = frames.filter((frame) => wanted.includes(frame.name ?? ''));
  const { columns } = choice;
  if (columns === undefined || columns.length === 0) {
    return chosen.map(emptyWithoutSeries);
  }
  return chosen.map((frame) => {
    const fields = columns.flatMap((name) =>
      name.startsWith(LABEL) ? labelField(frame, name) : frame.fields.filter((field) => field.name === name)
    );
    // A link to a run says when it was, whatever columns are shown.
    const beside = fields.some(({ name }) => name === RUN_FIELD.runId)
      ? frame.fields.filter(({ name }) => OF_LINKS.includes(name) && !columns.includes(name))
      : [];
    return emptyWithoutSeries({ ...frame, fields: [...fields, ...beside] });
  });
}

/** Instants alone are no data: a chart then says what it says when it is empty, instead of that it lacks a number. */
function emptyWithoutSeries(frame: DataFrame): DataFrame {
  const [time, ...series] = frame.fields;
  return time?.name === SERIES_FIELD.time && series.length === 0 ? { ...frame, fields: [], length: 0 } : frame;
}

const OF_LINKS: readonly string[] = [RUN_FIELD.ownFrom, RUN_FIELD.ownTo];

const LABEL = 'label:';

/** One label of the runs as a field of its own; none where no run has it. */
function labelField({ fields }: DataFrame, name: string): Field[] {
  const labels = fields.find((field) => field.name === RUN_FIELD.labels);
  const key = name.slice(LABEL.length);
  const values = Array.from(labels?.values ?? [], (of: Readonly<Record<string, string>> | null) =>
    of !== null && Object.hasOwn(of, key) ? (of[key] ?? null) : null
  );
  return values.every((value) => value === null)
    ? []
    : [{ name, type: FieldType.string, values, config: { displayNameFromDS: key } }];
}
