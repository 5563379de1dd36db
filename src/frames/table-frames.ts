import { FieldColorModeId, FieldType, MappingType } from '@grafana/data';
import type { DataFrame, FieldConfig } from '@grafana/data';
import type { FailuresAnswer, QueuesAnswer, WorkersAnswer } from '../model/answer';
import type { FrameContext } from './frame-context';
import { column, makeField, makeFrame, noticesOf, texts } from './make-frame';
import { ownTimeFields } from './own-times';
import { seriesField, stateColor, timeField } from './series-frames';
import { STATE_COLORS } from './state-colors';

type Numbers = Array<number | undefined>;

/** `workers`: one row each; what ended on it are attempts. Cells that the source does not report are empty. */
export function workersFrames({ workers, truncated }: WorkersAnswer, context: FrameContext): DataFrame[] {
  const { text, number, time } = makers(context);
  const colors = STATE_COLORS[context.shade];
  const aliveConfig: FieldConfig = {
    mappings: [
      {
        type: MappingType.ValueToText,
        options: {
          alive: { text: context.words.alive, color: colors.completed, index: 0 },
          silent: { text: context.words.silent, color: colors.lost, index: 1 },
        },
      },
    ],
  };
  const alive = workers.map((worker) => (worker.alive === undefined ? undefined : worker.alive ? 'alive' : 'silent'));
  return [
    makeFrame(
      context,
      'workers',
      [
        text(
          'worker',
          workers.map((worker) => worker.name)
        ),
        makeField(context, 'alive', FieldType.string, texts(alive), aliveConfig),
        number(
          'running',
          workers.map((worker) => worker.running)
        ),
        number(
          'slots',
          workers.map((worker) => worker.slots)
        ),
        number(
          'completed',
          workers.map((worker) => worker.completed),
          named(context, 'completedAttempts')
        ),
        number(
          'failed',
          workers.map((worker) => worker.failed),
          named(context, 'failedAttempts')
        ),
        number(
          'lost',
          workers.map((worker) => worker.lost)
        ),
        number(
          'cpuCores',
          workers.map((worker) => worker.cpuCores),
          { decimals: 2, min: 0 }
        ),
        number(
          'rssBytes',
          workers.map((worker) => worker.rssBytes),
          { unit: 'bytes', min: 0 }
        ),
        time(
          'lastSeen',
          workers.map((worker) => worker.lastSeenAt)
        ),
        text(
          'host',
          workers.map((worker) => worker.host)
        ),
        text(
          'queues',
          workers.map((worker) => worker.queues?.join(', '))
        ),
        text(
          'source',
          workers.map((worker) => worker.source)
        ),
      ],
      { view: 'workers', truncated },
      { notices: noticesOf(context, { shown: workers.length, truncated }) }
    ),
  ];
}

/** `queues`: one row each, with the age of the oldest waiting run beside the instant since when it waits. */
export function queuesFrames({ queues, truncated }: QueuesAnswer, context: FrameContext): DataFrame[] {
  const { text, number, time } = makers(context);
  return [
    makeFrame(
      context,
      'queues',
      [
        text(
          'queue',
          queues.map((queue) => queue.name)
        ),
        number(
          'pending',
          queues.map((queue) => queue.pending)
        ),
        number(
          'oldestAge',
          queues.map(({ oldestPendingAt: at }) => (at === undefined ? undefined : Math.max(0, context.now - at))),
          {
            unit: 'ms',
          }
        ),
        number(
          'waitP95',
          queues.map((queue) => queue.waitP95Ms),
          { unit: 'ms' }
        ),
        number(
          'running',
          queues.map((queue) => queue.running)
        ),
        number(
          'completed',
          queues.map((queue) => queue.completed)
        ),
        number(
          'failed',
          queues.map((queue) => queue.failed)
        ),
        time(
          'oldestPending',
          queues.map((queue) => queue.oldestPendingAt)
        ),
        text(
          'source',
          queues.map((queue) => queue.source)
        ),
      ],
      { view: 'queues', truncated },
      { notices: noticesOf(context, { shown: queues.length, truncated }) }
    ),
  ];
}

/** `failures` (one row per cause, most frequent first) and `failures over time` (one series per cause). */
export function failuresFrames(answer: FailuresAnswer, context: FrameContext): DataFrame[] {
  const { groups, buckets, groupsOmitted } = answer;
  const { text, number, time } = makers(context);
  const notices = noticesOf(context, { omitted: groupsOmitted });
  return [
    makeFrame(
      context,
      'failures',
      [
        text(
          'title',
          groups.map((group) => group.title)
        ),
        number(
          'count',
          groups.map((group) => group.count),
          stateColor(context, 'failed')
        ),
        text(
          'tasks',
          groups.map((group) => group.tasks.join(', '))
        ),
        text(
          'category',
          groups.map((group) => group.category)
        ),
        time(
          'firstAt',
          groups.map((group) => group.firstAt)
        ),
        time(
          'lastAt',
          groups.map((group) => group.lastAt)
        ),
        text(
          'runId',
          groups.map((group) => group.latest.runId)
        ),
        text(
          'source',
          groups.map((group) => group.latest.source)
        ),
        number(
          'exitCode',
          groups.map((group) => group.latest.exitCode)
        ),
        ...ownTimeFields(
          groups.map((group) => group.latest),
          context
        ),
        text(
          'signal',
          groups.map((group) => group.latest.signal)
        ),
        text(
          'fingerprint',
          groups.map((group) => group.fingerprint)
        ),
      ],
      { view: 'failures' },
      { notices }
    ),
    makeFrame(
      context,
      'failures over time',
      [
        timeField(context, buckets),
        ...groups.map((group) =>
          seriesField(context, 'failed', group.title, 'cause', '', group.values, {
            color: { mode: FieldColorModeId.PaletteClassicByName },
          })
        ),
      ],
      { view: 'failures' },
      { notices }
    ),
  ];
}

/** Shown under the name of another field: what is counted differs. */
function named({ words }: FrameContext, as: string): FieldConfig {
  const displayNameFromDS = words.fields[as];
  return displayNameFromDS === undefined ? {} : { displayNameFromDS };
}

/** Fields of a table, column by column; what is `undefined` is an empty cell. */
export function makers(context: FrameContext) {
  return {
    text: (name: string, values: Array<string | undefined>) =>
      makeField(context, name, FieldType.string, texts(values)),
    number: (name: string, values: Numbers, config: FieldConfig = {}) =>
      makeField(context, name, FieldType.number, column(values), config),
    time: (name: string, values: Numbers) => makeField(context, name, FieldType.time, column(values)),
  };
}
