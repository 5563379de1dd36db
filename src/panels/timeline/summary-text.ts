import { t } from '@grafana/i18n';
import { groupKeys, type LaneKey } from '../../frames/group-keys';
import type { Reading } from '../../frames/run-columns';
import { RETRIED } from './run-class';
import type { Lanes } from './use-lanes';
import { alertsText, countText, laneKeyName, PLAIN, runsText } from './words';

/** What is shown, in words: "12,480 runs · 6 tasks on 3 sources". Lanes of alerts are rules. */
export function summaryText(reading: Reading, lanes: Lanes, laneBy: LaneKey, alerts: boolean): string {
  // A run of several attempts is several bars, and one run.
  const drawn = lanes.counts.reduce((sum, count, kind) => sum + (kind === RETRIED ? 0 : count), 0);
  const total = reading.columns.kind === 'columns' ? (reading.total ?? drawn) : drawn;
  const laneCount = lanes.order.length;
  if (alerts) {
    const rules = t('summary.rules', '{{count}} rules', {
      count: laneCount,
      defaultValue_one: '{{count}} rule',
      defaultValue_other: '{{count}} rules',
    });
    return `${alertsText(total)} · ${rules}`;
  }
  const named =
    laneBy === 'task'
      ? t('summary.tasks', '{{count}} tasks', {
          count: laneCount,
          defaultValue_one: '{{count}} task',
          defaultValue_other: '{{count}} tasks',
        })
      : t('summary.lanes', '{{count}} lanes by {{fact}}', {
          count: laneCount,
          fact: laneKeyName(laneBy),
          defaultValue_one: '{{count}} lane by {{fact}}',
          defaultValue_other: '{{count}} lanes by {{fact}}',
          ...PLAIN,
        });
  const sources = sourceCount(reading);
  const on =
    sources > 1 ? t('summary.sources', '{{what}} on {{sources}} sources', { what: named, sources, ...PLAIN }) : named;
  return `${runsText(total)} · ${on}`;
}

function sourceCount(reading: Reading): number {
  const { columns, lanes } = reading;
  if (columns.parts.some((part) => part.fields.source)) {
    return groupKeys(columns, 'source').names.filter((name) => name !== '').length;
  }
  return new Set([...lanes.values()].map((lane) => lane.source).filter((source) => source !== undefined)).size;
}

/** What is not shown, and why. */
export function warningText(reading: Reading): string | undefined {
  const { columns, total, truncated, skipped } = reading;
  const parts: string[] = [];
  if (columns.kind === 'runs' && (truncated || (total !== undefined && total > columns.length))) {
    parts.push(
      total === undefined
        ? t('summary.truncated', 'only {{shown}} runs came: narrow the range to see all', { shown: countText(columns.length) })
        : t('summary.truncated-of', '{{shown}} of {{total}} runs: narrow the range to see all', { shown: countText(columns.length), total: countText(total) }) // prettier-ignore
    );
  }
  if (skipped > 0) {
    parts.push(t('summary.skipped', '{{records}} records could not be read', { records: skipped }));
  }
  if (columns.undated > 0) {
    parts.push(t('summary.undated', '{{runs}} runs without any time', { runs: columns.undated }));
  }
  return parts.length > 0 ? parts.join(' · ') : undefined;
}
