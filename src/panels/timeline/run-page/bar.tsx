import React from 'react';
import type { EpochMs } from '../../../model/units';
import { GLYPHS } from '../draw/glyphs';
import type { Palette } from '../draw/palette';
import type { TimeScale } from '../time-scale';
import { FAILED, LOST, RUN_CLASSES } from '../run-class';

interface Props {
  scale: TimeScale;
  began: EpochMs;
  start: EpochMs | undefined;
  end: EpochMs;
  /** Index into `RUN_CLASSES`. */
  kind: number;
  palette: Palette;
  height: number;
}

/** A run as the timeline draws it: a whisker while it waits, then a bar; trouble has its mark behind it. */
export function Bar({ scale, began, start, end, kind, palette, height }: Props) {
  const middle = height / 2;
  const from = scale.x(start ?? began);
  const width = Math.max(2, scale.x(end) - from);
  const waits = start === undefined;
  const mark = GLYPHS[RUN_CLASSES[kind]!];
  const loud = kind === FAILED || kind === LOST;
  return (
    <>
      <path
        d={`M${scale.x(began)} ${middle}H${waits ? from + width : from}M${scale.x(began)} ${middle - 4}v8`}
        stroke={palette.wait}
        strokeWidth={2}
        fill="none"
      />
      {!waits && <rect x={from} width={width} height={height} rx={2} fill={palette.fill[kind]} />}
      {loud && (
        <path
          d={mark.d}
          transform={`translate(${Math.min(from + width + 3, scale.width - 14)} ${middle - 7}) scale(0.875)`}
          fill={mark.fill ? palette.mark[kind] : 'none'}
          stroke={mark.fill ? 'none' : palette.mark[kind]}
          strokeWidth={2}
          strokeLinecap="round"
        />
      )}
    </>
  );
}
