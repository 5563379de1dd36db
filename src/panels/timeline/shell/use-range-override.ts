import { useCallback, useEffect, useRef, useState } from 'react';
import type { EpochMs } from '../../../model/units';

const COMMIT_MS = 250;

export interface Range {
  from: EpochMs;
  to: EpochMs;
}

/**
 * The range while a wheel turns or fingers pinch: shown at once, told to the dashboard when the hand rests. Data that
 * comes meanwhile does not pull the picture back.
 */
export function useRangeOverride(from: EpochMs, to: EpochMs, onZoom: (from: EpochMs, to: EpochMs) => void) {
  const [override, setOverride] = useState<Range | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  useEffect(() => {
    if (timer.current === undefined) {
      setOverride(undefined);
    }
  }, [from, to]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = useCallback((range: Range) => {
    setOverride(range);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      timer.current = undefined;
      zoom.current(range.from, range.to);
    }, COMMIT_MS);
  }, []);
  return { override, show };
}
