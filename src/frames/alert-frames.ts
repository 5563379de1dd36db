import { FieldType } from '@grafana/data';
import type { DataFrame, Field } from '@grafana/data';
import type { AlertsAnswer, FiringAlert } from '../model/answer';
import type { FrameContext } from './frame-context';
import { column, makeField, makeFrame, noticesOf, texts } from './make-frame';
import { stateColor } from './series-frames';

/** Shown before and after an alert by what leads from it to the timeline. */
const AROUND_MS = 5 * 60_000;
/** Path of the app's own pages, below Grafana's address. */
const RUNBOOK_PATH = '/a/runlane-app/runbooks/';

/** The last part of an address or path, without its ending: `abnormal-exit`. */
function runbookName(runbook: string): string {
  return /([^/?#]+?)(?:\.\w+)?\/?(?:[?#].*)?$/.exec(runbook)?.[1] ?? runbook;
}

/** An address as it is; the name of one of our own pages, or a path to its file, as the app's page of it. */
function runbookUrl(runbook: string): string {
  return /^https?:\/\//.test(runbook) ? runbook : `${RUNBOOK_PATH}${encodeURIComponent(runbookName(runbook))}`;
}

/** `alerts` (a table, firing ones first), `firing` (a number with the names) and `alert times` (one row per alert, for the timeline). */
export function alertsFrames({ alerts, truncated }: AlertsAnswer, context: FrameContext): DataFrame[] {
  const meta = { view: 'alerts', truncated };
  const order: Record<FiringAlert['state'], number> = { firing: 0, pending: 1, resolved: 2 };
  const sorted = [...alerts].sort((a, b) => order[a.state] - order[b.state] || b.since - a.since);
  const firing = sorted.filter((alert) => alert.state === 'firing');
  const text = (name: string, rows: readonly FiringAlert[], read: (alert: FiringAlert) => string | undefined): Field =>
    makeField(
      context,
      name,
      FieldType.string,
      rows.map((alert) => read(alert) ?? null)
    );
  const time = (name: string, rows: readonly FiringAlert[], read: (alert: FiringAlert) => number | undefined): Field =>
    makeField(context, name, FieldType.time, column(rows.map(read)));
  const notices = noticesOf(context, truncated ? { omitted: 1 } : {});

  return [
    makeFrame(
      context,
      'alerts',
      [
        text('alert', sorted, (alert) => alert.name),
        text('alertState', sorted, (alert) => alert.state),
        text('severity', sorted, (alert) => alert.severity),
        text('tier', sorted, (alert) => alert.tier),
        text('task', sorted, (alert) => alert.task),
        text('source', sorted, (alert) => alert.source),
        text('cause', sorted, (alert) => alert.cause),
        makeField(context, 'count', FieldType.number, column(sorted.map((alert) => alert.count))),
        time('since', sorted, (alert) => alert.since),
        time('finished', sorted, (alert) => alert.endedAt),
        text('summary', sorted, (alert) => alert.summary),
        makeField(
          context,
          'runbook',
          FieldType.string,
          texts(sorted.map(({ runbook }) => (runbook === undefined ? undefined : runbookName(runbook)))),
          { links: [{ title: context.words.fields['runbook'] ?? '', url: '${__data.fields.runbookUrl:raw}' }] }
        ),
        // What links are made of: where the runbook can be read, and the time around the alert.
        makeField(
          context,
          'runbookUrl',
          FieldType.string,
          texts(sorted.map(({ runbook }) => (runbook === undefined ? undefined : runbookUrl(runbook))))
        ),
        text('from', sorted, (alert) => String(Math.round(alert.since - AROUND_MS))),
        text('to', sorted, (alert) =>
          alert.endedAt === undefined ? 'now' : String(Math.round(alert.endedAt + AROUND_MS))
        ),
      ],
      meta,
      { notices }
    ),
    makeFrame(
      context,
      'firing',
      [
        makeField(context, 'value', FieldType.number, Float64Array.of(firing.length), {
          displayNameFromDS:
            firing.length === 0 ? context.words.noFailures : [...new Set(firing.map((alert) => alert.name))].join(', '),
          ...stateColor(context, firing.length > 0 ? 'failed' : 'completed'),
        }),
      ],
      meta
    ),
    makeFrame(
      context,
      'alert times',
      [
        // The words of the timeline: an alert is a lane's run that fails for as long as it fires.
        text('task', sorted, (alert) => alert.name),
        text('runId', sorted, (alert) => [alert.task, alert.cause].filter(Boolean).join(': ') || alert.name),
        text('state', sorted, (alert) => (alert.state === 'pending' ? 'pending' : 'failed')),
        time('started', sorted, (alert) => alert.since),
        time('finished', sorted, (alert) => alert.endedAt ?? Math.min(context.now, context.range.to)),
        text('source', sorted, (alert) => alert.source),
        text('error', sorted, (alert) => alert.summary),
      ],
      meta
    ),
  ];
}
