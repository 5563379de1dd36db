import type { LaneRun } from '../lanes/run-identity';
import type { CssPixels } from '../../../model/units';

/** A run whose details are shown. */
export interface Pin extends LaneRun {
  /** Where the details belong, in pixels of the window. */
  x: CssPixels;
  y: CssPixels;
}
