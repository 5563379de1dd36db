import React, { useMemo, useState } from 'react';
import type { PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { runlaneMeta } from '../../../frames/frame-cells';
import { groupKeys, type LaneKey } from '../../../frames/group-keys';
import { readRuns } from '../../../frames/run-columns';
import type { RunSort } from '../../../model/task-query';
import type { EpochMs } from '../../../model/units';
import type { Palette } from '../draw/palette';
import type { TimelineOptions } from '../options';
import { classesOf } from '../run-class';
import { EmptyState } from './empty-state';
import { RunRows } from './run-rows';
import { PAGE, tableQuery, type TimelineQuery } from './source-questions';
import { useOverrides } from './use-found-runs';
import { useSource } from './use-source';

interface Props {
  panel: Pick<PanelProps<TimelineOptions>, 'data' | 'replaceVariables' | 'fieldConfig' | 'timeZone'>;
  queries: TimelineQuery[];
  text: string;
  laneBy: LaneKey;
  visible: number;
  palette: Palette;
  now: EpochMs;
}

/** Runs that the panel does not hold one by one, page by page from their source, which sorts them. */
export function SourceTable({ panel, queries, text, laneBy, visible, palette, now }: Props) {
  const [sort, setSort] = useState<RunSort>('-started');
  /** The cursors of the pages up to the one shown; the first page has none. */
  const [cursors, setCursors] = useState<{ of: string; list: string[] }>({ of: '', list: [] });
  const query = queries[0]!;
  const asked = JSON.stringify(tableQuery(query, { visible, text, sort, cursor: undefined }));
  const list = cursors.of === asked ? cursors.list : [];
  const page = tableQuery(query, { visible, text, sort, cursor: list[list.length - 1] });
  const { series, current, error } = useSource(panel.data.request, [page], 0);
  const frames = useOverrides(panel, series);
  const shown = useMemo(() => {
    const result = frames && readRuns(frames);
    if (!result?.ok) {
      return undefined;
    }
    const { columns, total } = result.reading;
    return {
      columns,
      total,
      classes: classesOf(columns.state, columns.lost, columns.retried),
      rows: Uint32Array.from({ length: columns.length }, (_, row) => row),
      next: runlaneMeta(frames?.[0])?.next,
    };
  }, [frames]);
  const keys = useMemo(() => shown && groupKeys(shown.columns, laneBy), [shown, laneBy]);
  if (current && error !== undefined) {
    return <EmptyState tone="error" title={t('empty.error', 'The source did not answer')} detail={error} />;
  }
  if (!shown || !keys) {
    return <EmptyState title={t('empty.loading', 'Loading runs')} />;
  }
  const { next } = shown;
  return (
    <RunRows
      columns={shown.columns}
      rows={shown.rows}
      classes={shown.classes}
      laneOf={(row) => keys.names[keys.index[row]!] ?? ''}
      laneBy={laneBy}
      sort={sort}
      onSort={setSort}
      page={list.length}
      pageSize={PAGE}
      total={shown.total}
      onPrevious={list.length === 0 ? undefined : () => setCursors({ of: asked, list: list.slice(0, -1) })}
      onNext={next === undefined || !current ? undefined : () => setCursors({ of: asked, list: [...list, next] })}
      note={
        queries.length > 1
          ? t('table.one-query', 'Only the runs of query {{query}}', { query: query.refId })
          : undefined
      }
      busy={!current}
      palette={palette}
      timeZone={panel.timeZone}
      now={now}
    />
  );
}
