import React from 'react';
import { useTheme2 } from '@grafana/ui';
import type { CssPixels } from '../../model/units';

interface Props {
  /** 0–100; absent: the track alone. */
  score?: number;
  /** The score as text, or a dash. */
  text: string;
  color: string;
  textColor: string;
  width: CssPixels;
  label: string;
}

/** Share of the width that the stroke takes. */
const STROKE = 0.1;

/** The score as a half circle that fills from the left, with the number in it. */
export function ScoreArc({ score, text, color, textColor, width, label }: Props) {
  const theme = useTheme2();
  const stroke = width * STROKE;
  const radius = (width - stroke) / 2;
  const height = radius + stroke;
  const path = `M${stroke / 2} ${height - stroke / 2}A${radius} ${radius} 0 0 1 ${width - stroke / 2} ${height - stroke / 2}`;
  const filled = Math.min(100, Math.max(0, score ?? 0));
  const fontSize = Math.min(width * 0.3, (width * 1.05) / Math.max(2, text.length));
  return (
    <svg width={width} height={height + 2} role="img" aria-label={label} style={{ display: 'block', flex: 'none' }}>
      <path d={path} fill="none" stroke={theme.colors.border.weak} strokeWidth={stroke} />
      {filled > 0 && (
        <path
          d={path}
          fill="none"
          stroke={color}
          strokeWidth={stroke}
          pathLength={100}
          strokeDasharray={`${filled} 200`}
        />
      )}
      <text
        x={width / 2}
        y={height - stroke * 0.35}
        textAnchor="middle"
        fontSize={fontSize}
        fontWeight={theme.typography.fontWeightMedium}
        fontFamily={theme.typography.fontFamily}
        fill={textColor}
      >
        {text}
      </text>
    </svg>
  );
}
