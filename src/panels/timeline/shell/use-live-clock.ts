import { useMemo, useRef } from 'react';
import { LoadingState, type PanelData, type TimeRange } from '@grafana/data';
import { stalenessOf, type Staleness } from '../../../frames/staleness';
import type { EpochMs } from '../../../model/units';

/** Data older than this is not slid along: what runs may have ended since. */
const FRESH_MS = 90_000;

export interface LiveClock {
  /** Time goes on: the range ends at now and data keeps coming. */
  live: boolean;
  /** What counts as now while nothing moves: when the data came, or up to when they are known to be right. */
  asOf: EpochMs;
  /** The source does not answer: nothing is known of what came after `asOf`. */
  stale: Staleness | undefined;
  /** Whether the range reaches up to now at all. */
  reachesNow: boolean;
}

/**
 * Decides whether the picture slides. A paused or historic picture stands still at the moment its data came, and one of a
 * silent source at the last moment that its data are good for: what runs is not drawn on as if somebody had said so.
 */
export function useLiveClock(data: PanelData, timeRange: TimeRange, paused: boolean): LiveClock {
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const cameAt = useMemo(() => Date.now(), [data.series]);
  const stale = useMemo(() => stalenessOf(data.series), [data.series]);
  const before = useRef<{ cameAt: EpochMs; every: number }>({ cameAt, every: Infinity });
  if (before.current.cameAt !== cameAt) {
    before.current = { cameAt, every: cameAt - before.current.cameAt };
  }
  const reachesNow = typeof timeRange.raw.to === 'string' && timeRange.raw.to.startsWith('now');
  const refreshed = before.current.every < FRESH_MS && Date.now() - cameAt < FRESH_MS;
  const goesOn = data.state === LoadingState.Streaming || (refreshed && data.state !== LoadingState.Error);
  const live = reachesNow && !paused && stale === undefined && goesOn;
  const asOf = stale?.asOf ?? cameAt;
  return useMemo(() => ({ live, asOf, stale, reachesNow }), [live, asOf, stale, reachesNow]);
}
