import React, { useMemo } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2, PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2, useTheme2 } from '@grafana/ui';
import type { OneRun } from '../../../frames/one-run';
import type { EpochMs } from '../../../model/units';
import { timesOfRun } from '../details/run-lines';
import { paletteOf } from '../draw/palette';
import type { TimelineOptions } from '../options';
import { classesOf } from '../run-class';
import { instantText, PLAIN } from '../words';
import { ChooseRun } from './choose-run';
import { RunDifferences } from './run-differences';
import { RunFigures } from './run-figures';
import { RunHeadline } from './run-headline';
import { RunLife } from './run-life';
import { RunNeighbours } from './run-neighbours';

type Props = Pick<
  PanelProps<TimelineOptions>,
  'width' | 'height' | 'timeRange' | 'timeZone' | 'onChangeTimeRange' | 'replaceVariables' | 'options'
> & { run: OneRun; now: EpochMs };

/** One run, from the outside in: what became of it and why, its life on its own axis, and what is around it. */
export function RunPage(props: Props) {
  const { run, now, width, height, timeZone } = props;
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const { columns, attempts } = run;
  const stateField = columns.parts[0]?.fields.state;
  const palette = useMemo(() => paletteOf(theme, stateField), [theme, stateField]);
  const classes = useMemo(() => classesOf(columns.state, columns.lost, columns.retried), [columns]);
  const seen = { run, classes, palette, timeZone, now };
  const newest = attempts.at(-1);
  return (
    <div className={styles.page} style={{ width, height }}>
      {newest === undefined ? (
        <ChooseRun {...seen} />
      ) : (
        <>
          <OutOfRange {...props} newest={newest} />
          <RunHeadline {...seen} row={newest} templates={props.options} replaceVariables={props.replaceVariables} />
          <RunFigures {...seen} row={newest} />
          <RunNeighbours {...seen} />
          <div className={width < 900 ? styles.one : styles.two}>
            <RunLife {...seen} />
            <RunDifferences run={run} />
          </div>
        </>
      )}
    </div>
  );
}

/** A run is shown whatever the range; that the range is another one is said, because everything around goes by it. */
function OutOfRange({ run, newest, timeRange, timeZone, onChangeTimeRange, now }: Props & { newest: number }) {
  const styles = useStyles2(getStyles);
  const { columns, attempts } = run;
  const from = Math.min(...attempts.map((row) => columns.began[row]!));
  const { end } = timesOfRun(columns, newest, now);
  if (from < timeRange.to.valueOf() && (end ?? now) >= timeRange.from.valueOf()) {
    return null;
  }
  const margin = Math.max(30_000, ((end ?? now) - from) / 10);
  return (
    <div className={styles.note} role="status">
      {t('run.out-of-range', 'This run is from {{from}} to {{to}}: outside of the time range of this dashboard', {
        from: instantText(from, timeZone),
        to: end === undefined ? t('run.now', 'now') : instantText(end, timeZone),
        ...PLAIN,
      })}
      <Button
        size="sm"
        fill="text"
        onClick={() => onChangeTimeRange({ from: Math.floor(from - margin), to: Math.ceil((end ?? now) + margin) })}
      >
        {t('run.show-time', 'Take its time')}
      </Button>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(1.5),
    overflow: 'auto',
    paddingRight: 4,
  }),
  two: css({ display: 'grid', gridTemplateColumns: 'minmax(0, 5fr) minmax(260px, 2fr)', gap: theme.spacing(2) }),
  one: css({ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: theme.spacing(2) }),
  note: css({ color: theme.colors.warning.text, fontSize: theme.typography.bodySmall.fontSize }),
});
