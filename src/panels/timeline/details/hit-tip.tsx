import React from 'react';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import type { LaneKey } from '../../../frames/group-keys';
import type { EpochMs } from '../../../model/units';
import { summarise, type ColumnSummary, type Hit } from '../draw/hit-test';
import type { Palette } from '../draw/palette';
import type { Scene } from '../draw/scene';
import { FAILED, LOST, RUN_CLASSES, RUNNING } from '../run-class';
import { className, countText, durationText, instantText, laneName } from '../words';
import { briefFacts, causeLine, type RunLine } from './run-lines';
import { RunTooltip } from './run-tooltip';

interface Props {
  scene: Scene;
  hit: Exclude<Hit, { kind: 'empty' | 'nothing' }>;
  laneBy: LaneKey;
  timeZone: TimeZone;
  palette: Palette;
  causeOf: (row: number) => { count: number; since: EpochMs } | undefined;
}

/** What the tooltip says about what lies under the pointer. */
export function HitTip({ scene, hit, laneBy, timeZone, palette, causeOf }: Props) {
  const { rows } = scene;
  const title = laneName(rows.names[hit.lane] ?? '', laneBy);
  switch (hit.kind) {
    case 'run': {
      const lines = briefFacts(rows.columns, hit.row, scene.facts(hit.lane), scene.now, timeZone);
      const cause = causeLine(causeOf(hit.row), scene.now, timeZone);
      return (
        <RunTooltip
          kind={rows.classes[hit.row]!}
          title={title}
          lines={cause ? [...lines, cause] : lines}
          palette={palette}
        />
      );
    }
    case 'column': {
      const summary = summarise(scene, hit.lane, hit.from, hit.to);
      const kind = summary.worst === undefined ? undefined : rows.classes[summary.worst]!;
      if (kind === undefined) {
        return null;
      }
      const lines = rows.merged[hit.lane] ? stretchLines(summary, timeZone) : summaryLines(summary, timeZone);
      return <RunTooltip kind={kind} title={title} lines={lines} palette={palette} />;
    }
    case 'missed': {
      const value = t('missed.expected', 'expected at {{time}}', { time: instantText(hit.time, timeZone) });
      return <RunTooltip kind={LOST} word={t('missed.label', 'Did not run')} title={title} lines={[{ label: t('missed.when', 'Run'), value }]} palette={palette} />; // prettier-ignore
    }
  }
}

function summaryLines(summary: ColumnSummary, timeZone: TimeZone): RunLine[] {
  const { from, to, more, runs } = summary;
  return [
    {
      label: t('column.when', 'Around'),
      value: instantText((from + to) / 2, timeZone),
      aside: durationText(to - from),
    },
    { label: t('column.runs', 'Runs'), value: (more ? '> ' : '') + countText(runs) },
    ...stateLines(summary),
  ];
}

/** What is known of a stretch of a merged lane. */
export function stretchLines(summary: ColumnSummary, timeZone: TimeZone): RunLine[] {
  const { from, to, runs } = summary;
  return [
    { label: t('column.from', 'From'), value: instantText(from, timeZone), aside: durationText(to - from) },
    { label: t('column.merged', 'Merged runs'), value: countText(runs) },
    ...stateLines(summary),
    { label: t('column.zoom', 'Zoom in'), value: t('column.zoom-hint', 'to see single runs') },
  ];
}

function stateLines({ counts }: ColumnSummary): RunLine[] {
  return [FAILED, LOST, RUNNING]
    .filter((kind) => counts[kind]! > 0)
    .map((kind) => ({ label: className(RUN_CLASSES[kind]!), value: countText(counts[kind]!) }));
}
