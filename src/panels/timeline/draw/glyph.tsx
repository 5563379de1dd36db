import React from 'react';
import type { RunClass } from '../run-class';
import { GLYPHS } from './glyphs';

/** A state's mark beside text that says the same. */
export function Glyph({
  kind,
  color,
  size = 14,
}: {
  kind: RunClass | 'retry' | 'stuck';
  color: string;
  size?: number;
}) {
  const { d, fill } = GLYPHS[kind];
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" style={{ flex: 'none' }}>
      <path
        d={d}
        fill={fill ? color : 'none'}
        stroke={fill ? 'none' : color}
        strokeWidth={2}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
