import React, { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { TimeZone } from '@grafana/schema';
import type { LaneKey } from '../../../frames/group-keys';
import type { Reading } from '../../../frames/run-columns';
import type { RunSort } from '../../../model/task-query';
import type { EpochMs } from '../../../model/units';
import type { Palette } from '../draw/palette';
import type { LaneRows } from '../lanes/lane-rows';
import type { LaneRun } from '../lanes/run-identity';
import type { Pin } from './pin';
import { RunRows } from './run-rows';
import { PAGE } from './source-questions';
import { rowsInOrder } from './table-order';

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
  /** What is to be known about the rows. */
  note: string | undefined;
}

/** The same runs as a table, newest first unless sorted otherwise: for screen readers, for copying, and for people who like tables. */
export function RunTable(props: Props) {
  const { reading, rows, laneBy, visible, palette, timeZone, now, pinned, asked, onAsked } = props;
  const { columns } = reading;
  const [sort, setSort] = useState<RunSort>('-started');
  const shown = useMemo(() => rowsInOrder(rows, visible, sort, now), [rows, visible, sort, now]);
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
  return (
    <RunRows
      columns={columns}
      rows={shown.subarray(page * PAGE, (page + 1) * PAGE)}
      classes={rows.classes}
      laneOf={(row) => rows.names[laneOfRow.get(row) ?? 0] ?? ''}
      laneBy={laneBy}
      sort={sort}
      onSort={(next) => {
        setSort(next);
        setPage(0);
      }}
      page={page}
      pageSize={PAGE}
      total={shown.length}
      onPrevious={page === 0 ? undefined : () => setPage(page - 1)}
      onNext={page >= pages - 1 ? undefined : () => setPage(page + 1)}
      note={props.note}
      palette={palette}
      timeZone={timeZone}
      now={now}
      chosen={chosen?.row}
      chosenRow={chosenRow}
      scroller={scroller}
    />
  );
}
