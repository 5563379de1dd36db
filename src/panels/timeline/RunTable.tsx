import React, { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import { IconButton, useStyles2 } from '@grafana/ui';
import type { LaneKey } from '../../frames/group-keys';
import type { Reading } from '../../frames/run-columns';
import type { EpochMs } from '../../model/units';
import { FloatingCard } from './FloatingCard';
import { Glyph } from './Glyph';
import type { LaneRows } from './lane-rows';
import { markColor } from './Legend';
import type { Palette } from './palette';
import { RUN_CLASSES } from './run-class';
import { attemptText, endText, errorTitle, textFact, timesOfRun } from './run-facts';
import type { LaneRun } from './run-identity';
import type { Pin } from './TimelineView';
import { className, countText, durationText, instantText, laneName } from './words';

const PAGE = 100;
/** Height of what stays above a row that is scrolled to: the head and a row for orientation. */
const HEAD_ROOM = 56;

interface Props {
  reading: Reading;
  rows: LaneRows;
  laneBy: LaneKey;
  visible: number;
  palette: Palette;
  timeZone: TimeZone;
  now: EpochMs;
  /** The run whose details are shown. */
  pinned: Pin | undefined;
  /** A run whose details are to be shown, and told where it is. */
  asked: LaneRun | undefined;
  onAsked: (pin: Pin) => void;
}

/** The same runs as a table, newest first: for screen readers, for copying, and for people who like tables. */
export function RunTable(props: Props) {
  const { reading, rows, laneBy, visible, palette, timeZone, now, pinned, asked, onAsked } = props;
  const styles = useStyles2(getStyles);
  const { columns } = reading;
  const shown = useMemo(() => newestFirst(rows, visible), [rows, visible]);
  const pageOf = (run: LaneRun | undefined): number =>
    run ? Math.max(0, Math.floor(shown.indexOf(run.row) / PAGE)) : 0;
  // Who comes from the timeline finds what is chosen there.
  const [wanted, setPage] = useState(() => pageOf(pinned));
  const pages = Math.max(1, Math.ceil(shown.length / PAGE));
  const page = Math.min(wanted, pages - 1);
  const chosen = asked ?? pinned;
  const chosenRow = useRef<HTMLTableRowElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const scrollToChosen = (): void => {
    if (scroller.current && chosenRow.current) {
      scroller.current.scrollTop = chosenRow.current.offsetTop - HEAD_ROOM;
    }
  };
  useEffect(scrollToChosen, []);
  useLayoutEffect(() => {
    if (!asked) {
      return;
    }
    const there = pageOf(asked);
    if (there !== page) {
      setPage(there);
      return;
    }
    scrollToChosen();
    const box = chosenRow.current?.getBoundingClientRect();
    onAsked({ ...asked, x: box?.left ?? 0, y: box?.bottom ?? 0 });
    // Once for each run asked for, and again when its page is there.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [asked, page]);
  const laneOfRow = useMemo(() => {
    const lanes = new Map<number, number>();
    const here = new Set(shown.subarray(page * PAGE, (page + 1) * PAGE));
    for (let lane = 0; lane < rows.names.length; lane++) {
      for (let place = rows.first[lane]!; place < rows.first[lane + 1]!; place++) {
        if (here.has(rows.order[place]!)) {
          lanes.set(rows.order[place]!, lane);
        }
      }
    }
    return lanes;
  }, [rows, shown, page]);
  const heads = [
    t('table.state', 'State'),
    t('table.lane', 'Lane'),
    t('table.run', 'Run'),
    t('table.started', 'Started'),
    t('table.waited', 'Waited'),
    t('table.ran', 'Ran'),
    t('table.worker', 'Worker'),
    t('table.how', 'How it ended'),
  ];
  return (
    <div className={styles.box}>
      <div
        ref={scroller}
        className={styles.scroll}
        tabIndex={0}
        role="region"
        aria-label={t('table.label', 'Runs as a table')}
      >
        <table className={styles.table} aria-rowcount={shown.length + 1}>
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from(shown.subarray(page * PAGE, (page + 1) * PAGE), (row, at) => {
              const kind = RUN_CLASSES[rows.classes[row]!]!;
              const times = timesOfRun(columns, row, now);
              return (
                <tr
                  key={row}
                  ref={row === chosen?.row ? chosenRow : undefined}
                  aria-rowindex={page * PAGE + at + 2}
                  aria-current={row === chosen?.row ? true : undefined}
                >
                  <td>
                    <span className={styles.state}>
                      <Glyph kind={kind} color={markColor(palette, kind)} size={12} /> {className(kind)}
                    </span>
                  </td>
                  <TextCell text={laneName(rows.names[laneOfRow.get(row) ?? 0] ?? '', laneBy)} />
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
          {t('table.page', 'Page {{page}} of {{pages}}, {{runs}} runs', {
            page: countText(page + 1),
            pages: countText(pages),
            runs: countText(shown.length),
          })}
        </span>
        <IconButton
          name="angle-left"
          aria-label={t('table.previous', 'Previous page')}
          disabled={page === 0}
          onClick={() => setPage(page - 1)}
        />
        <IconButton
          name="angle-right"
          aria-label={t('table.next', 'Next page')}
          disabled={page >= pages - 1}
          onClick={() => setPage(page + 1)}
        />
      </div>
    </div>
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

/** Rows of all lanes that are shown, newest begin first. */
function newestFirst(rows: LaneRows, visible: number): Uint32Array {
  const { began } = rows.columns;
  const shown = rows.order.filter((row) => (visible & (1 << rows.classes[row]!)) !== 0);
  return shown.sort((a, b) => began[b]! - began[a]!);
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
