import { colorManipulator, getDisplayProcessor } from '@grafana/data';
import type { DisplayValue, GrafanaTheme2 } from '@grafana/data';
import type { FieldCell } from '../../frames/health-columns';

/** Least contrast of large text and of marks (WCAG 2.1, 1.4.3 and 1.4.11). */
const LARGE = 3;
/** A little more than WCAG's 4.5, because lines are also read while hovered. */
const SMALL = 6;

/** A score as the user's field settings show it: thresholds, colour, unit, decimals. */
export function displayScore(score: number, cell: FieldCell, theme: GrafanaTheme2): DisplayValue {
  const display = cell.field.display ?? getDisplayProcessor({ field: cell.field, theme });
  return display(score);
}

/** The colour, darkened or lightened until it can be read on the panel's background. */
export function readable(color: string | undefined, theme: GrafanaTheme2, size: 'large' | 'small'): string {
  const background = theme.colors.background.primary;
  const least = size === 'large' ? LARGE : SMALL;
  let result =
    color === undefined || color === '' ? theme.colors.text.primary : theme.visualization.getColorByName(color);
  for (let i = 0; i < 12 && contrast(result, background) < least; i++) {
    result = theme.isDark ? colorManipulator.lighten(result, 0.12) : colorManipulator.darken(result, 0.12);
  }
  return result;
}

function contrast(foreground: string, background: string): number {
  try {
    return colorManipulator.getContrastRatio(foreground, background);
  } catch {
    // A colour in a notation that cannot be measured is taken as it is.
    return Infinity;
  }
}
