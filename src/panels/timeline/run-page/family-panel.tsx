import React, { useMemo } from 'react';
import type { PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useTheme2 } from '@grafana/ui';
import type { Family } from '../../../frames/one-run';
import type { EpochMs } from '../../../model/units';
import { EmptyState } from '../details/empty-state';
import { paletteOf } from '../draw/palette';
import { PLAIN } from '../words';
import { RunFamily } from './run-family';

type Props = Pick<PanelProps, 'width' | 'height' | 'timeZone'> & { family: Family; now: EpochMs };

/** The family of a run, or why there is none to see. */
export function FamilyPanel({ family, now, width, height, timeZone }: Props) {
  const theme = useTheme2();
  const palette = useMemo(() => paletteOf(theme, undefined), [theme]);
  const { members, reports, source } = family;
  if (members.length > 1) {
    return <RunFamily {...{ family, palette, timeZone, now, width, height }} />;
  }
  return (
    <div style={{ width, height, display: 'flex' }}>
      {reports['parents'] === false ? (
        <EmptyState title={t('run.no-parents', 'Parents are not reported by {{source}}', { source, ...PLAIN })} />
      ) : (
        <EmptyState
          title={
            members.length === 0
              ? t('run.none', 'No run is chosen')
              : t('run.alone', 'No run asked for this one, and it asked for none')
          }
        />
      )}
    </div>
  );
}
