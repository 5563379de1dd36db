import type { LaneSummary } from '../../../frames/lane-summary';
import type { StripColumns } from '../../../frames/strip-columns';
import type { EpochMs } from '../../../model/units';
import type { PackedLane } from '../lanes/lane-pack';
import type { LaneRows } from '../lanes/lane-rows';
import type { Pyramids } from '../lanes/state-mask';
import type { Layout } from './layout';
import type { Palette } from './palette';
import type { RunColors } from './run-colors';
import type { TimeScale } from '../time-scale';

/** All that a picture is made of. Drawing reads it and nothing else, and keeps nothing. */
export interface Scene {
  rows: LaneRows;
  pyramids: Pyramids;
  /** Sub-lanes of a lane, packed when first asked for. */
  packed(lane: number): PackedLane;
  facts(lane: number): LaneSummary | undefined;
  strips: StripColumns | undefined;
  layout: Layout;
  /** Pixels scrolled away above. */
  scrollTop: number;
  /** Height of what is seen of the lanes. */
  viewHeight: number;
  scale: TimeScale;
  now: EpochMs;
  /** Whether `now` is in the picture and time goes on. */
  showNow: boolean;
  /** The source is silent: `now` is the last moment that is known, not the present. */
  silent: boolean;
  /** A bit per class that is shown. */
  visible: number;
  palette: Palette;
  colors: RunColors;
  pixels: Uint32Array;
  dpr: number;
  words: SceneWords;
  /** The run that the keyboard is on, and the one under the pointer. */
  focused: { lane: number; row: number } | undefined;
  hovered: { lane: number; row: number } | undefined;
}

/** Text that is drawn, in the user's language. */
export interface SceneWords {
  exit(code: number): string;
  oom: string;
  missed(at: EpochMs): string;
  now(at: EpochMs, seconds: boolean): string;
  asOf(at: EpochMs): string;
}
