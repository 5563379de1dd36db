import { t } from '@grafana/i18n';
import { groupKeys, type LaneKey } from '../../../frames/group-keys';
import { hasMerged, type Reading } from '../../../frames/run-columns';
import type { Lanes } from '../lanes/use-lanes';
import { RETRIED } from '../run-class';
import { alertsText, countText, laneKeyName, PLAIN, runsText } from '../words';

/** What is shown, in words: "12,480 runs · 6 tasks on 3 sources". Lanes of alerts are rules. */
export function summaryText(reading: Reading, lanes: Lanes, laneBy: LaneKey, alerts: boolean): string {
  // A run of several attempts is several bars, and one run.
  const drawn = sumOf(lanes.drawn) - (lanes.drawn[RETRIED] ?? 0);
  const isWhole = !lanes.searched && (hasMerged(reading.columns) || reading.lanesOmitted > 0);
  const total = isWhole ? (reading.told === undefined ? (reading.total ?? drawn) : sumOf(reading.told.counts)) : drawn;
  const laneCount = lanes.total + (isWhole ? reading.lanesOmitted : 0);
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

/** Runs that a reading tells of, not their attempts: as the sources counted them where they did. */
export function runsOf({ told, total, columns }: Reading): number {
  return told === undefined ? (total ?? columns.length) - sumOf(columns.retried) : sumOf(told.counts);
}

/** How many of the lanes came merged, in words; `undefined` where none did. */
export function mergedText({ rows, order }: Lanes): string | undefined {
  const merged = order.filter((lane) => rows.merged[lane]).length;
  return merged === 0
    ? undefined
    : t('summary.merged', '{{merged}} of {{lanes}} lanes merged: narrow the range to see single runs', {
        merged: countText(merged),
        lanes: countText(order.length),
      });
}

/** What is not shown, and why. */
export function warningText(reading: Reading): string | undefined {
  const { columns, total, truncated, skipped, lanesOmitted, told } = reading;
  const parts: string[] = [];
  const merged = hasMerged(columns);
  const shown = merged && told ? sumOf(told.counts) : columns.length;
  if (truncated || (!merged && total !== undefined && total > shown)) {
    parts.push(
      total === undefined || total <= shown
        ? t('summary.truncated', 'only {{shown}} runs came: narrow the range to see all', { shown: countText(shown) })
        : t('summary.truncated-of', '{{shown}} of {{total}} runs: narrow the range to see all', { shown: countText(shown), total: countText(total) }) // prettier-ignore
    );
  }
  if (lanesOmitted > 0) {
    parts.push(
      t('summary.omitted', '{{count}} more lanes are not drawn', {
        count: lanesOmitted,
        defaultValue_one: '{{count}} more lane is not drawn',
        defaultValue_other: '{{count}} more lanes are not drawn',
      })
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

function sumOf(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < counts.length; at++) {
    sum += counts[at]!;
  }
  return sum;
}
