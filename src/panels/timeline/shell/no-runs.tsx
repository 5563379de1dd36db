import React from 'react';
import type { DataFrame } from '@grafana/data';
import { t } from '@grafana/i18n';
import { runlaneMeta } from '../../../frames/frame-cells';
import type { Reading } from '../../../frames/run-columns';
import type { EpochMs } from '../../../model/units';
import { EmptyState } from '../details/empty-state';
import { agoText, countText, instantText } from '../words';

/** Whether the bars are alerts, not runs. */
export function showsAlerts(series: readonly DataFrame[]): boolean {
  return series.some((frame) => runlaneMeta(frame)?.view === 'alerts');
}

interface Props {
  reading: Reading;
  /** The bars would be alerts. */
  alerts: boolean;
  timeZone: string;
  now: EpochMs;
  onShow: (at: EpochMs) => void;
}

/** Nothing in range: and when the last run was, where anybody knows. */
export function NoRuns({ reading, alerts, timeZone, now, onShow }: Props) {
  if (alerts) {
    return (
      <EmptyState
        title={t('empty.no-alerts', 'No alerts in this time range')}
        detail={t('empty.no-alerts-detail', 'Nothing fired in it.')}
      />
    );
  }
  let last: EpochMs | undefined;
  for (const lane of reading.lanes.values()) {
    if (lane.lastBegan !== undefined && (last === undefined || lane.lastBegan > last)) {
      last = lane.lastBegan;
    }
  }
  const at = last;
  return (
    <EmptyState
      title={t('empty.none', 'No runs in this time range')}
      detail={
        at === undefined
          ? t('empty.none-detail', 'Nothing waited, ran or ended in it.')
          : t('empty.last', 'The last one began {{ago}}, at {{time}}.', {
              ago: agoText(at, now),
              time: instantText(at, timeZone),
            })
      }
      action={
        at === undefined ? undefined : { label: t('empty.show-last', 'Show the last one'), onClick: () => onShow(at) }
      }
    />
  );
}

/** What is there does not match the search and the states shown. */
export function NoMatch({ hidden, alerts, onClear }: { hidden: number; alerts: boolean; onClear: () => void }) {
  const count = countText(hidden);
  return (
    <EmptyState
      title={
        alerts
          ? t('empty.filtered-alerts', 'No alert matches the search and the states shown')
          : t('empty.filtered', 'No run matches the search and the states shown')
      }
      detail={
        alerts
          ? t('empty.filtered-alerts-detail', '{{alerts}} alerts are hidden.', { alerts: count })
          : t('empty.filtered-detail', '{{runs}} runs are hidden.', { runs: count })
      }
      action={{ label: t('empty.clear', 'Clear search and show all states'), onClick: onClear }}
    />
  );
}
