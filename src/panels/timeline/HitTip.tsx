import React from 'react';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import type { LaneKey } from '../../frames/group-keys';
import type { EpochMs } from '../../model/units';
import { summarise, type ColumnSummary, type Hit } from './hit-test';
import type { Palette } from './palette';
import { FAILED, LOST, RUN_CLASSES, RUNNING } from './run-class';
import { briefFacts, causeLine, type FactLine } from './run-facts';
import { RunTooltip } from './RunTooltip';
import type { Scene } from './scene';
import { className, countText, durationText, instantText, laneName } from './words';

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
      const lines = summaryLines(summary, hit, timeZone);
      if (rows.columns.kind === 'columns') {
        lines.push({ label: t('column.zoom', 'Zoom in'), value: t('column.zoom-hint', 'to see single runs') });
      }
      return <RunTooltip kind={kind} title={title} lines={lines} palette={palette} />;
    }
    case 'missed': {
      const value = t('missed.expected', 'expected at {{time}}', { time: instantText(hit.time, timeZone) });
      return <RunTooltip kind={LOST} word={t('missed.label', 'Did not run')} title={title} lines={[{ label: t('missed.when', 'Run'), value }]} palette={palette} />; // prettier-ignore
    }
  }
}

function summaryLines(summary: ColumnSummary, hit: { from: EpochMs; to: EpochMs }, timeZone: TimeZone): FactLine[] {
  const middle = (hit.from + hit.to) / 2;
  const lines: FactLine[] = [
    { label: t('column.when', 'Around'), value: instantText(middle, timeZone), aside: durationText(hit.to - hit.from) },
    { label: t('column.runs', 'Runs'), value: (summary.more ? '> ' : '') + countText(summary.runs) },
  ];
  for (const kind of [FAILED, LOST, RUNNING]) {
    if (summary.counts[kind]! > 0) {
      lines.push({ label: className(RUN_CLASSES[kind]!), value: countText(summary.counts[kind]!) });
    }
  }
  return lines;
}
