import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { Glyph } from '../draw/glyph';
import { markColor } from '../draw/legend';
import type { Palette } from '../draw/palette';
import { RUN_CLASSES } from '../run-class';
import { className } from '../words';
import type { RunLine } from './run-lines';

interface Props {
  kind: number;
  /** Instead of the state's own word. */
  word?: string;
  title: string;
  lines: readonly RunLine[];
  palette: Palette;
}

/** The inside of the tooltip: state and name, then facts beside what is usual. */
export function RunTooltip({ kind, word, title, lines, palette }: Props) {
  const styles = useStyles2(getFactStyles);
  const state = RUN_CLASSES[kind]!;
  const color = markColor(palette, state);
  return (
    <>
      <div className={styles.head}>
        <Glyph kind={state} color={color} />
        <b style={{ color }}>{word ?? className(state)}</b>
        <span className={styles.title}>{title}</span>
      </div>
      <FactList lines={lines} />
    </>
  );
}

export function FactList({ lines }: { lines: readonly RunLine[] }) {
  const styles = useStyles2(getFactStyles);
  return (
    <dl className={styles.list}>
      {lines.map((line, at) => (
        <React.Fragment key={`${line.label} ${at}`}>
          <dt>{line.label}</dt>
          <dd>
            {line.value}
            {line.aside !== undefined && <span className={styles.aside}> ({line.aside})</span>}
          </dd>
        </React.Fragment>
      ))}
    </dl>
  );
}

export const getFactStyles = (theme: GrafanaTheme2) => ({
  head: css({ display: 'flex', alignItems: 'center', gap: 6, minWidth: 0, marginBottom: 6 }),
  title: css({
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    marginLeft: 4,
    fontWeight: theme.typography.fontWeightMedium,
  }),
  list: css({
    display: 'grid',
    gridTemplateColumns: 'max-content minmax(0, 1fr)',
    gap: '2px 14px',
    margin: 0,
    fontSize: theme.typography.bodySmall.fontSize,
    dt: { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular },
    dd: { margin: 0, overflowWrap: 'anywhere', fontVariantNumeric: 'tabular-nums' },
  }),
  aside: css({ color: theme.colors.text.secondary }),
});
