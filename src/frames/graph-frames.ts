import { FieldType } from '@grafana/data';
import type { DataFrame } from '@grafana/data';
import type { LineageAnswer, TraceAnswer } from '../model/answer';
import { durationMs } from '../model/task-run';
import type { FrameContext } from './frame-context';
import { column, makeField, makeFrame, noticesOf } from './make-frame';
import { sayDuration } from './say-duration';
import { STATE_COLORS } from './state-colors';

/** `nodes` and `edges` with the fields that Grafana's node graph knows. */
export function lineageFrames({ nodes, edges, truncated }: LineageAnswer, context: FrameContext): DataFrame[] {
  const colors = STATE_COLORS[context.shade];
  const text = (name: string, values: string[]) => makeField(context, name, FieldType.string, values);
  const state = (run: LineageAnswer['nodes'][number]['run']) => (run.substate === 'lost' ? 'lost' : run.state);
  const graph = { preferredVisualisationType: 'nodeGraph' } as const;
  return [
    makeFrame(
      context,
      'nodes',
      [
        text(
          'id',
          nodes.map((node) => node.id)
        ),
        text(
          'title',
          nodes.map((node) => node.run.task)
        ),
        text(
          'subtitle',
          nodes.map((node) => context.words.states[state(node.run)])
        ),
        text(
          'mainstat',
          nodes.map(({ run }) => {
            const took = durationMs(run);
            return took === undefined ? '' : sayDuration(took, context.words.units);
          })
        ),
        text(
          'secondarystat',
          nodes.map((node) => (node.attempts > 1 ? `↻ ${node.attempts}` : ''))
        ),
        text(
          'color',
          nodes.map((node) => colors[state(node.run)])
        ),
        text(
          'detail__runId',
          nodes.map((node) => node.run.runId)
        ),
        text(
          'detail__worker',
          nodes.map((node) => node.run.worker ?? '')
        ),
        text(
          'detail__source',
          nodes.map((node) => node.run.source)
        ),
      ],
      { view: 'lineage', truncated },
      { visualisation: graph, notices: noticesOf(context, { shown: nodes.length, truncated }) }
    ),
    makeFrame(
      context,
      'edges',
      [
        text(
          'id',
          edges.map((edge) => `${edge.parent}→${edge.child}`)
        ),
        text(
          'source',
          edges.map((edge) => edge.parent)
        ),
        text(
          'target',
          edges.map((edge) => edge.child)
        ),
        text(
          'color',
          edges.map((edge) => (edge.critical ? colors.lost : colors.pending))
        ),
        makeField(
          context,
          'thickness',
          FieldType.number,
          Float64Array.from(edges, (edge) => (edge.critical ? 3 : 1))
        ),
      ],
      { view: 'lineage' },
      { visualisation: graph }
    ),
  ];
}

/** One frame with the fields that Grafana's trace view knows: `startTime` and `duration` in milliseconds. */
export function traceFrames({ spans, truncated }: TraceAnswer, context: FrameContext): DataFrame[] {
  const text = (name: string, values: Array<string | null>) => makeField(context, name, FieldType.string, values);
  return [
    makeFrame(
      context,
      'trace',
      [
        text(
          'traceID',
          spans.map((span) => span.traceId)
        ),
        text(
          'spanID',
          spans.map((span) => span.spanId)
        ),
        text(
          'parentSpanID',
          spans.map((span) => span.parentSpanId ?? null)
        ),
        text(
          'operationName',
          spans.map((span) => span.operation)
        ),
        text(
          'serviceName',
          spans.map((span) => span.service)
        ),
        makeField(
          context,
          'serviceTags',
          FieldType.other,
          spans.map(() => [])
        ),
        makeField(context, 'startTime', FieldType.number, column(spans.map((span) => span.startAt))),
        makeField(context, 'duration', FieldType.number, column(spans.map((span) => span.durationMs)), { unit: 'ms' }),
        makeField(
          context,
          'logs',
          FieldType.other,
          spans.map(() => [])
        ),
        makeField(
          context,
          'tags',
          FieldType.other,
          spans.map((span) => span.tags)
        ),
        // OpenTelemetry's status: 0 unset, 2 error.
        makeField(
          context,
          'statusCode',
          FieldType.number,
          Float64Array.from(spans, (span) => (span.error ? 2 : 0))
        ),
      ],
      { view: 'trace', truncated },
      {
        visualisation: { preferredVisualisationType: 'trace' },
        notices: noticesOf(context, { shown: spans.length, truncated }),
      }
    ),
  ];
}
