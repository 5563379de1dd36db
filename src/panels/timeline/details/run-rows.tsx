import React, { useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import { Icon, IconButton, useStyles2 } from '@grafana/ui';
import { orderOf } from '../../../analysis/run-order';
import type { LaneKey } from '../../../frames/group-keys';
import type { RunColumns } from '../../../frames/run-columns';
import type { RunOrder, RunSort } from '../../../model/task-query';
import type { EpochMs } from '../../../model/units';
import { Glyph } from '../draw/glyph';
import { markColor } from '../draw/legend';
import type { Palette } from '../draw/palette';
import { RUN_CLASSES } from '../run-class';
import { className, countText, durationText, instantText, laneName } from '../words';
import { FloatingCard } from './floating-card';
import { attemptText, endText, errorTitle, textFact, timesOfRun } from './run-lines';
import { orderOfLanes, sortAfterClick } from './table-order';

interface Props {
  columns: RunColumns;
  /** The rows of the page. */
  rows: ArrayLike<number>;
  /** By row: index into `RUN_CLASSES`. */
  classes: Uint8Array;
  laneOf: (row: number) => string;
  laneBy: LaneKey;
  sort: RunSort;
  onSort: (sort: RunSort) => void;
  /** The page, counted from 0, of `total` rows in all: attempts, so more than there are runs; `undefined` where nobody knows. */
  page: number;
  pageSize: number;
  total: number | undefined;
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
  /** What is to be known about the rows. */
  note?: string;
  busy?: boolean;
  palette: Palette;
  timeZone: TimeZone;
  now: EpochMs;
  chosen?: number;
  chosenRow?: React.Ref<HTMLTableRowElement>;
  scroller?: React.Ref<HTMLDivElement>;
}

/** A page of runs: a row for each attempt, heads that sort, and what leads to the other pages. */
export function RunRows(props: Props) {
  const { columns, rows, classes, laneBy, page, pageSize, total, palette, timeZone, now } = props;
  const styles = useStyles2(getStyles);
  const pages = total === undefined ? undefined : Math.max(1, Math.ceil(total / pageSize));
  return (
    <div className={styles.box}>
      {props.note !== undefined && (
        <div className={styles.note} role="status">
          <Icon name="info-circle" size="sm" /> {props.note}
        </div>
      )}
      <div
        ref={props.scroller}
        className={styles.scroll}
        tabIndex={0}
        role="region"
        aria-label={t('table.label', 'Runs as a table')}
        aria-busy={props.busy}
      >
        <table className={styles.table} aria-rowcount={total === undefined ? -1 : total + 1}>
          <thead>
            <tr>
              <Head text={t('table.state', 'State')} by="state" {...props} />
              <Head text={t('table.lane', 'Lane')} by={orderOfLanes(laneBy)} {...props} />
              <Head text={t('table.run', 'Run')} by={undefined} {...props} />
              <Head text={t('table.started', 'Started')} by="started" {...props} />
              <Head text={t('table.waited', 'Waited')} by="wait" {...props} />
              <Head text={t('table.ran', 'Ran')} by="duration" {...props} />
              <Head text={t('table.worker', 'Worker')} by="worker" {...props} />
              <Head text={t('table.how', 'How it ended')} by={undefined} {...props} />
            </tr>
          </thead>
          <tbody>
            {Array.from(rows, (row, at) => {
              const kind = RUN_CLASSES[classes[row]!]!;
              const times = timesOfRun(columns, row, now);
              return (
                <tr
                  key={row}
                  ref={row === props.chosen ? props.chosenRow : undefined}
                  aria-rowindex={page * pageSize + at + 2}
                  aria-current={row === props.chosen ? true : undefined}
                >
                  <td>
                    <span className={styles.state}>
                      <Glyph kind={kind} color={markColor(palette, kind)} size={12} /> {className(kind)}
                    </span>
                  </td>
                  <TextCell text={laneName(props.laneOf(row), laneBy)} />
                  <TextCell
                    text={[textFact(columns, row, 'runId'), attemptText(columns, row)].filter(Boolean).join(' · ')}
                  />
                  <td>{instantText(times.start ?? times.began, timeZone)}</td>
                  <td>{times.waitMs === undefined ? '' : durationText(times.waitMs)}</td>
                  <td>{times.ranMs === undefined ? '' : durationText(times.ranMs)}</td>
                  <TextCell text={textFact(columns, row, 'worker') ?? ''} />
                  <TextCell text={[endText(columns, row), errorTitle(columns, row)].filter(Boolean).join(' · ')} />
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div className={styles.foot}>
        <span role="status">
          {pages === undefined
            ? t('table.page-only', 'Page {{page}}', { page: countText(page + 1) })
            : t('table.page', 'Page {{page}} of {{pages}}, {{rows}} rows', {
                count: total ?? 0,
                page: countText(page + 1),
                pages: countText(pages),
                rows: countText(total ?? 0),
                defaultValue_one: 'Page {{page}} of {{pages}}, {{rows}} row',
                defaultValue_other: 'Page {{page}} of {{pages}}, {{rows}} rows',
              })}
        </span>
        <IconButton
          name="angle-left"
          aria-label={t('table.previous', 'Previous page')}
          disabled={props.onPrevious === undefined}
          onClick={() => props.onPrevious?.()}
        />
        <IconButton
          name="angle-right"
          aria-label={t('table.next', 'Next page')}
          disabled={props.onNext === undefined}
          onClick={() => props.onNext?.()}
        />
      </div>
    </div>
  );
}

interface HeadProps {
  text: string;
  /** `undefined`: nothing sorts by it. */
  by: RunOrder | undefined;
  sort: RunSort;
  onSort: (sort: RunSort) => void;
}

function Head({ text, by, sort, onSort }: HeadProps) {
  const styles = useStyles2(getStyles);
  const order = orderOf(sort);
  if (by === undefined) {
    return <th scope="col">{text}</th>;
  }
  const isSorted = by === order.by;
  return (
    <th scope="col" aria-sort={isSorted ? (order.descending ? 'descending' : 'ascending') : undefined}>
      <button type="button" className={styles.head} onClick={() => onSort(sortAfterClick(sort, by))}>
        {text}
        {isSorted && <Icon name={order.descending ? 'arrow-down' : 'arrow-up'} size="xs" />}
      </button>
    </th>
  );
}

/** Longer than this, a text may be cut on a wide screen. */
const MAY_BE_CUT = 24;

/** Cut with an ellipsis where there is no room; whole on hover and, as a card, for who comes with the keyboard. */
function TextCell({ text }: { text: string }) {
  const [at, setAt] = useState<{ x: number; y: number } | undefined>(undefined);
  const tell = ({ currentTarget }: React.SyntheticEvent<HTMLElement>): void => {
    const box = currentTarget.getBoundingClientRect();
    setAt(currentTarget.scrollWidth > currentTarget.clientWidth ? { x: box.left, y: box.bottom - 8 } : undefined);
  };
  return (
    <td
      tabIndex={text.length > MAY_BE_CUT ? 0 : undefined}
      onMouseEnter={tell}
      onFocus={tell}
      onMouseLeave={() => setAt(undefined)}
      onBlur={() => setAt(undefined)}
    >
      {text}
      {at && (
        <FloatingCard x={at.x} y={at.y}>
          {text}
        </FloatingCard>
      )}
    </td>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  box: css({ flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column' }),
  scroll: css({ flex: 1, minHeight: 0, overflow: 'auto' }),
  table: css({
    width: '100%',
    borderCollapse: 'collapse',
    fontSize: theme.typography.bodySmall.fontSize,
    fontVariantNumeric: 'tabular-nums',
    'th, td': {
      padding: '4px 10px',
      textAlign: 'left',
      whiteSpace: 'nowrap',
      maxWidth: 320,
      overflow: 'hidden',
      textOverflow: 'ellipsis',
      borderBottom: `1px solid ${theme.colors.border.weak}`,
    },
    'td:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: -2 },
    'tr[aria-current] td': { background: theme.colors.action.selected },
    th: { position: 'sticky', top: 0, background: theme.colors.background.primary, color: theme.colors.text.secondary },
  }),
  head: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: 4,
    padding: 0,
    border: 0,
    background: 'none',
    color: 'inherit',
    font: 'inherit',
    cursor: 'pointer',
    '&:hover': { color: theme.colors.text.primary },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 2 },
  }),
  note: css({
    paddingBottom: 4,
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    overflowWrap: 'anywhere',
  }),
  state: css({ display: 'inline-flex', alignItems: 'center', gap: 6 }),
  foot: css({
    display: 'flex',
    alignItems: 'center',
    gap: 8,
    paddingTop: 6,
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
});
