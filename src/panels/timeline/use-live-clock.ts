import { useMemo, useRef } from 'react';
import { LoadingState, type PanelData, type TimeRange } from '@grafana/data';
import type { EpochMs } from '../../model/units';

/** Data older than this is not slid along: what runs may have ended since. */
const FRESH_MS = 90_000;

export interface LiveClock {
  /** Time goes on: the range ends at now and data keeps coming. */
  live: boolean;
  /** What counts as now while nothing moves: when the data came. */
  asOf: EpochMs;
  /** Whether the range reaches up to now at all. */
  reachesNow: boolean;
}

/** Decides whether the picture slides. A paused or historic picture stands still at the moment its data came. */
export function useLiveClock(data: PanelData, timeRange: TimeRange, paused: boolean): LiveClock {
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const asOf = useMemo(() => Date.now(), [data.series]);
  const before = useRef<{ asOf: EpochMs; every: number }>({ asOf, every: Infinity });
  if (before.current.asOf !== asOf) {
    before.current = { asOf, every: asOf - before.current.asOf };
  }
  const reachesNow = typeof timeRange.raw.to === 'string' && timeRange.raw.to.startsWith('now');
  const refreshed = before.current.every < FRESH_MS && Date.now() - asOf < FRESH_MS;
  const live = reachesNow && !paused && (data.state === LoadingState.Streaming || refreshed);
  return useMemo(() => ({ live, asOf, reachesNow }), [live, asOf, reachesNow]);
}
