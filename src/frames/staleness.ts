import type { DataFrame } from '@grafana/data';
import type { RunlaneMeta } from './field-names';
import { runlaneMeta } from './frame-cells';

/** That the source does not answer: the data are known to be right up to `asOf` (epoch ms), and what came instead. */
export type Staleness = NonNullable<RunlaneMeta['stale']>;

/** Frames that say of themselves that they are old: in `meta` for our panels, in a notice for all others. */
export function staleFrames(frames: readonly DataFrame[], stale: Staleness, text: string): DataFrame[] {
  return frames.map((frame) => ({
    ...frame,
    meta: {
      ...frame.meta,
      custom: { ...frame.meta?.custom, runlane: { ...runlaneMeta(frame), stale } },
      notices: [...(frame.meta?.notices ?? []), { severity: 'error' as const, text }],
    },
  }));
}

/** Of several answers in one panel the oldest counts; `undefined` where all are fresh. */
export function stalenessOf(frames: readonly DataFrame[]): Staleness | undefined {
  return frames
    .flatMap((frame) => runlaneMeta(frame)?.stale ?? [])
    .reduce<Staleness | undefined>(
      (oldest, stale) => (oldest && oldest.asOf <= stale.asOf ? oldest : stale),
      undefined
    );
}
