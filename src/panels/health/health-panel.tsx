import React, { useMemo, useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2, PanelProps } from '@grafana/data';
import { LoadingState } from '@grafana/data';
import { t } from '@grafana/i18n';
import { PanelDataErrorView } from '@grafana/runtime';
import { useStyles2 } from '@grafana/ui';
import type { HealthColumns, HealthGroup } from '../../frames/health-columns';
import { readHealth } from '../../frames/health-columns';
import { stalenessOf } from '../../frames/staleness';
import { toldFrames, unreportedText } from '../../frames/unreported';
import { CompactScore } from './compact-score';
import { GroupDetail } from './group-detail';
import { GroupList } from './group-list';
import { layoutOf } from './layout';
import type { Content } from './layout';
import { NoScore } from './no-score';
import { DEFAULT_OPTIONS } from './options';
import type { HealthOptions } from './options';
import { Pager } from './pager';
import { STALE_HEIGHT, StaleLine } from './stale-line';
import { latestOf, trendOf } from './trend';
import { factText, quietTexts, reasonText } from './words';

type Props = PanelProps<HealthOptions>;

/** The health panel: under the word that its data are old, where they are, the score or why there is none. */
export function HealthPanel(props: Props) {
  const { data, height, timeZone } = props;
  const stale = useMemo(() => stalenessOf(data.series), [data.series]);
  // In the same place of the tree whether old or not, so that what is chosen stays chosen.
  return (
    <div>
      {stale !== undefined && <StaleLine stale={stale} timeZone={timeZone} />}
      <Scores {...props} height={stale === undefined ? height : height - STALE_HEIGHT} />
    </div>
  );
}

/** Reads the frames, says what is missing in them, or shows the score with its reasons. */
function Scores(props: Props) {
  const { data, id, fieldConfig, width, height } = props;
  const health = useMemo(() => readHealth(toldFrames(data.series)), [data.series]);
  if ('missing' in health) {
    const failed = data.errors?.[0] ?? data.error;
    const unreported = unreportedText(data.series);
    if (failed !== undefined) {
      const detail = failed.message ?? failed.data?.message ?? failed.statusText;
      const title = t('panel.error', 'The source did not answer');
      return <NoScore tone="error" title={title} {...(detail === undefined ? {} : { detail })} width={width} height={height} />; // prettier-ignore
    }
    if (unreported !== undefined) {
      const title = t('panel.unreported', 'Not reported');
      return <NoScore tone="plain" title={title} detail={unreported} width={width} height={height} />;
    }
    return data.series.length === 0 && data.state === LoadingState.Loading ? (
      <></>
    ) : (
      <PanelDataErrorView
        panelId={id}
        fieldConfig={fieldConfig}
        data={data}
        needsNumberField
        message={
          data.series.length === 0
            ? t('panel.no-data', 'No data')
            : health.frame === undefined
              ? t('panel.no-number', 'No number field was found. The health panel needs the field "{{field}}", or any number from 0 to 100', { field: health.missing }) // prettier-ignore
              : t('panel.missing-field', 'The frame "{{frame}}" has no field "{{field}}". Keep this field in the query and its transformations', { frame: health.frame, field: health.missing }) // prettier-ignore
        }
      />
    );
  }
  return <Health {...props} health={health} />;
}

function Health(props: Props & { health: HealthColumns }) {
  const { health, width, height, timeRange, timeZone, eventBus, replaceVariables } = props;
  const styles = useStyles2(getStyles);
  const options = { ...DEFAULT_OPTIONS, ...props.options };
  const [chosen, setChosen] = useState<string | undefined>(undefined);

  const wanted = replaceVariables(options.group);
  const groups = wanted === '' ? health.groups : health.groups.filter((group) => group.name === wanted);
  const [worst] = groups;
  if (worst === undefined) {
    return (
      <div className={styles.empty} style={{ width, height }}>
        {wanted === ''
          ? t('panel.no-groups', 'No runs in this time range.')
          : t('panel.no-such-group', 'No score for "{{group}}" in this time range.', { group: wanted })}
      </div>
    );
  }
  const current = groups.find((group) => group.name === chosen) ?? worst;
  const several = groups.length > 1;
  const listHeight =
    several && options.show === 'auto' && height >= 380 ? Math.min(groups.length * 24 + 10, height - 280) : 0;
  const layout = layoutOf(width, height - listHeight, contentOf(current, groups.length, options, health), options.show);

  if (layout.kind === 'number') {
    return <CompactScore group={worst} width={width} height={height} />;
  }
  if (layout.kind === 'list' && chosen === undefined) {
    return <GroupList groups={groups} onChoose={setChosen} width={width} height={height} />;
  }

  return (
    <div className={styles.panel} style={{ width, height }}>
      <GroupDetail
        key={current.name}
        group={current}
        layout={layout}
        width={width}
        height={height - listHeight}
        explains={health.explains}
        meta={health.meta}
        timeRange={timeRange}
        timeZone={timeZone}
        eventBus={eventBus}
        pager={
          several &&
          listHeight === 0 && (
            <Pager
              groups={groups}
              current={current}
              onChoose={setChosen}
              {...(options.show === 'all' ? { onBack: () => setChosen(undefined) } : {})}
            />
          )
        }
      />
      {listHeight > 0 && (
        <GroupList groups={groups} chosen={current.name} onChoose={setChosen} width={width} height={listHeight - 8} />
      )}
    </div>
  );
}

function scoreLines({ score, line, since }: HealthGroup): number {
  return score === undefined
    ? 1
    : 1 + (trendOf(score, line, since) === undefined ? 0 : 1) + (latestOf(score, line) === undefined ? 0 : 1);
}

function contentOf(group: HealthGroup, groups: number, options: HealthOptions, { meta }: HealthColumns): Content {
  return {
    groups,
    scoreLines: scoreLines(group),
    sentences: group.deductions.map((deduction) => `${reasonText(deduction.reason)} ${factText(deduction)}`),
    quiet: quietTexts(group, meta?.source, meta?.reports),
    hasHistory: options.showHistory && (group.line?.values.some((value) => !Number.isNaN(value)) ?? false),
  };
}

const getStyles = (theme: GrafanaTheme2) => ({
  panel: css({ display: 'flex', flexDirection: 'column', justifyContent: 'space-between', overflow: 'hidden' }),
  empty: css({
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    textAlign: 'center',
    color: theme.colors.text.secondary,
  }),
});
