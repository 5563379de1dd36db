import React, { forwardRef } from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import { Icon, useStyles2 } from '@grafana/ui';
import type { LaneKey } from '../../../frames/group-keys';
import type { Staleness } from '../../../frames/staleness';
import { LANE_SORTS, type LaneSort } from '../lanes/lane-order';
import type { TimelineBody } from '../options';
import { laneKeyName, sortName } from '../words';
import { StaleText } from './stale-text';

/** Something to know, and what can be done about it. */
export interface Notice {
  text: string;
  action?: { label: string; onClick: () => void };
}

interface Props {
  summary: string;
  /** Which lanes are drawn merged. */
  merged: string | undefined;
  warning: string | undefined;
  notice: Notice | undefined;
  laneKeys: LaneKey[];
  laneBy: LaneKey;
  /** `undefined`: lanes cannot be regrouped here, and why. */
  onLaneBy: ((key: LaneKey) => void) | undefined;
  sort: LaneSort;
  onSort: (sort: LaneSort) => void;
  search: string;
  onSearch: (text: string) => void;
  live: boolean;
  /** The source does not answer. */
  stale: Staleness | undefined;
  timeZone: TimeZone;
  /** `undefined` where the range does not reach now. */
  onLive: (() => void) | undefined;
  body: TimelineBody;
  onBody: (body: TimelineBody) => void;
  showControls: boolean;
  /** What stands between the words and the controls, where there is room for it. */
  legend?: React.ReactNode;
  /** Little width: captions go, labels for screen readers stay. */
  narrow: boolean;
}

/** What is shown, in words, and what changes it. The ref is the search field's, which `/` focuses. */
export const Toolbar = forwardRef<HTMLInputElement, Props>(function Toolbar(props, ref) {
  const styles = useStyles2(getStyles);
  const hasCaptions = !props.narrow && props.legend === undefined;
  const keys = props.laneKeys.includes(props.laneBy) ? props.laneKeys : [props.laneBy, ...props.laneKeys];
  return (
    <div className={cx(styles.bar, props.legend !== undefined && styles.oneRow)}>
      <div className={styles.words} title={[props.summary, props.merged, props.warning].filter(Boolean).join(' · ')}>
        {props.stale !== undefined && <StaleText stale={props.stale} timeZone={props.timeZone} />}
        {props.summary}
        {props.merged !== undefined && (
          <span className={styles.merged}>
            <Icon name="layer-group" size="sm" /> {props.merged}
          </span>
        )}
        {props.warning !== undefined && (
          <span className={styles.warning}>
            <Icon name="exclamation-triangle" size="sm" /> {props.warning}
          </span>
        )}
      </div>
      {props.legend}
      {props.showControls && (
        <div className={cx(styles.controls, props.narrow && styles.tight)}>
          <label className={styles.control}>
            {hasCaptions && <span className={styles.caption}>{t('toolbar.lanes-by', 'Lanes by')}</span>}
            <select
              aria-label={t('toolbar.lanes-by', 'Lanes by')}
              value={props.laneBy}
              disabled={props.onLaneBy === undefined}
              title={
                props.onLaneBy === undefined
                  ? t(
                      'toolbar.lanes-fixed',
                      'The data came already merged by lane. Set the panel option "Lane variable" so that the data source can group it anew.'
                    )
                  : undefined
              }
              onChange={(event) => props.onLaneBy?.(event.currentTarget.value as LaneKey)}
            >
              {keys.map((key) => (
                <option key={key} value={key}>
                  {laneKeyName(key)}
                </option>
              ))}
            </select>
          </label>
          <label className={styles.control}>
            {hasCaptions && <span className={styles.caption}>{t('toolbar.sort', 'Sort')}</span>}
            <select
              aria-label={t('toolbar.sort', 'Sort')}
              value={props.sort}
              onChange={(event) => props.onSort(event.currentTarget.value as LaneSort)}
            >
              {LANE_SORTS.map((sort) => (
                <option key={sort} value={sort}>
                  {sortName(sort)}
                </option>
              ))}
            </select>
          </label>
          <div className={styles.control}>
            <Icon name="search" size="sm" />
            <input
              ref={ref}
              type="search"
              className={styles.search}
              style={props.narrow ? { width: 50 } : undefined}
              value={props.search}
              placeholder={t('toolbar.search', 'Search runs')}
              aria-label={t('toolbar.search-label', 'Search lanes, run ids, workers and errors')}
              onChange={(event) => props.onSearch(event.currentTarget.value)}
            />
          </div>
          {props.onLive && (
            <button
              type="button"
              className={cx(styles.control, styles.button, props.stale && styles.silent)}
              aria-pressed={props.live}
              onClick={props.onLive}
              title={
                props.stale
                  ? t('toolbar.live-silent', 'The source does not answer: the picture goes on when it does.')
                  : props.live
                    ? t('toolbar.live-stop', 'Time goes on. Click to hold the picture.')
                    : t('toolbar.live-go', 'The picture stands still. Click to follow now.')
              }
            >
              <span className={props.stale ? styles.dotSilent : props.live ? styles.dotOn : styles.dotOff} />{' '}
              {t('toolbar.live', 'Live')}
            </button>
          )}
          {OTHERS.map(([body, icon]) => (
            <button
              key={body}
              type="button"
              className={cx(styles.control, styles.button)}
              aria-pressed={props.body === body}
              aria-label={bodyName(body)}
              title={bodyName(body)}
              onClick={() => props.onBody(props.body === body ? 'lanes' : body)}
            >
              <Icon name={icon} size="sm" />
            </button>
          ))}
        </div>
      )}
      {props.notice && (
        <div className={styles.notice} role="status">
          <Icon name="info-circle" size="sm" /> {props.notice.text}
          {props.notice.action && (
            <button type="button" className={styles.action} onClick={props.notice.action.onClick}>
              {props.notice.action.label}
            </button>
          )}
        </div>
      )}
    </div>
  );
});

/** What can be seen instead of lanes. */
const OTHERS = [
  ['grid', 'gf-grid'],
  ['table', 'table'],
] as const;

function bodyName(body: 'grid' | 'table'): string {
  return body === 'grid'
    ? t('toolbar.grid', 'The newest runs of each lane as a grid')
    : t('toolbar.table', 'Table of the same runs');
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: '4px 12px',
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  oneRow: css({ '& > :first-child': { flex: '1 1 0', minWidth: 120 } }),
  words: css({
    color: theme.colors.text.secondary,
    minWidth: 0,
    // Beside the legend it gives way first: the whole is in its title.
    flex: '0 1 auto',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontVariantNumeric: 'tabular-nums',
  }),
  merged: css({ color: theme.colors.text.primary, marginLeft: 10 }),
  warning: css({ color: theme.colors.warning.text, marginLeft: 10 }),
  // A line of its own, below what is always there.
  notice: css({ flexBasis: '100%', color: theme.colors.text.secondary, overflowWrap: 'anywhere' }),
  action: css({
    marginLeft: 6,
    padding: 0,
    border: 0,
    background: 'none',
    font: 'inherit',
    color: theme.colors.text.link,
    cursor: 'pointer',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 1 },
  }),
  controls: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 6px' }),
  // All controls fit on one line of a panel 400 px wide.
  tight: css({ select: { maxWidth: 72 } }),
  control: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: 5,
    height: 24,
    padding: '0 8px',
    margin: 0,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
    color: theme.colors.text.primary,
    fontSize: theme.typography.bodySmall.fontSize,
    fontWeight: theme.typography.fontWeightRegular,
    whiteSpace: 'nowrap',
    '&:focus-within, &:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 1 },
    select: {
      width: 'auto',
      height: 22,
      padding: 0,
      margin: 0,
      border: 0,
      outline: 0,
      boxShadow: 'none',
      background: 'transparent',
      color: 'inherit',
      font: 'inherit',
      lineHeight: '22px',
      fontWeight: theme.typography.fontWeightMedium,
      cursor: 'pointer',
      maxWidth: 140,
      textOverflow: 'ellipsis',
      '&:disabled': { cursor: 'not-allowed', opacity: 0.7 },
    },
    option: { background: theme.colors.background.primary, color: theme.colors.text.primary },
  }),
  caption: css({ color: theme.colors.text.secondary }),
  button: css({ cursor: 'pointer', '&[aria-pressed="true"]': { borderColor: theme.colors.border.medium } }),
  search: css({
    width: 96,
    height: 22,
    padding: 0,
    margin: 0,
    boxShadow: 'none',
    border: 0,
    outline: 0,
    background: 'transparent',
    color: 'inherit',
    font: 'inherit',
    transition: 'none',
    '&::placeholder': { color: theme.colors.text.secondary },
  }),
  dotOn: css({ width: 8, height: 8, borderRadius: 4, background: theme.colors.success.text }),
  silent: css({ color: theme.colors.warning.text, borderColor: theme.colors.warning.border }),
  dotSilent: css({ width: 8, height: 8, borderRadius: 4, background: theme.colors.warning.text }),
  dotOff: css({ width: 8, height: 8, borderRadius: 4, border: `1px solid ${theme.colors.text.secondary}` }),
});
