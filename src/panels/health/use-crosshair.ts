import { useEffect, useMemo, useState } from 'react';
import { DashboardCursorSync, DataHoverClearEvent, DataHoverEvent } from '@grafana/data';
import type { DataFrame, EventBus } from '@grafana/data';
import { usePanelContext } from '@grafana/ui';
import type { EpochMs } from '../../model/units';

/** Other panels need not follow every pixel. */
const THROTTLE_MS = 100;

export interface Crosshair {
  /** Where another panel's pointer is. */
  heard?: EpochMs;
  move: (at: EpochMs, frame: DataFrame, rowIndex: number) => void;
  clear: () => void;
}

/** The dashboard's shared crosshair, both ways. Says and hears nothing where the dashboard has it off. */
export function useCrosshair(eventBus: EventBus): Crosshair {
  const [heard, setHeard] = useState<EpochMs | undefined>(undefined);
  const { sync } = usePanelContext();

  useEffect(() => {
    const isOff = (): boolean => sync?.() === DashboardCursorSync.Off;
    const subscription = eventBus.getStream(DataHoverEvent).subscribe((event) => {
      // Copied at once: publishers change their payload between events.
      const time: unknown = event.payload.point?.time;
      if (event.origin !== eventBus && !isOff()) {
        setHeard(typeof time === 'number' ? time : undefined);
      }
    });
    subscription.add(
      eventBus.getStream(DataHoverClearEvent).subscribe((event) => {
        if (event.origin !== eventBus) {
          setHeard(undefined);
        }
      })
    );
    return () => subscription.unsubscribe();
  }, [eventBus, sync]);

  const said = useMemo(() => {
    const isOff = (): boolean => sync?.() === DashboardCursorSync.Off;
    let last = 0;
    return {
      move(at: EpochMs, frame: DataFrame, rowIndex: number): void {
        const now = performance.now();
        if (now - last >= THROTTLE_MS && !isOff()) {
          last = now;
          eventBus.publish(new DataHoverEvent({ point: { time: at }, data: frame, rowIndex, columnIndex: 0 }));
        }
      },
      clear(): void {
        last = 0;
        if (!isOff()) {
          eventBus.publish(new DataHoverClearEvent());
        }
      },
    };
  }, [eventBus, sync]);

  return { ...said, ...(heard === undefined ? {} : { heard }) };
}
