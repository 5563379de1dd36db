import { useEffect, useMemo, useRef } from 'react';
import { DashboardCursorSync, DataHoverClearEvent, DataHoverEvent, type EventBus } from '@grafana/data';
import { usePanelContext } from '@grafana/ui';
import type { EpochMs } from '../../../model/units';

/** Other panels follow at most this often. */
const THROTTLE_MS = 100;

/** The dashboard's shared crosshair: what this panel says to the others, and what it hears from them. */
export function useCrosshair(eventBus: EventBus, onHear: (at: EpochMs | undefined) => void) {
  const context = usePanelContext();
  const sync = context.sync;
  const hear = useRef(onHear);
  hear.current = onHear;

  useEffect(() => {
    const subscription = eventBus.getStream(DataHoverEvent).subscribe((event) => {
      // Copied at once: publishers reuse their payload.
      const time: unknown = event.payload.point?.time;
      if (event.origin !== eventBus && sync?.() !== DashboardCursorSync.Off) {
        hear.current(typeof time === 'number' ? time : undefined);
      }
    });
    subscription.add(
      eventBus.getStream(DataHoverClearEvent).subscribe((event) => {
        if (event.origin !== eventBus) {
          hear.current(undefined);
        }
      })
    );
    return () => subscription.unsubscribe();
  }, [eventBus, sync]);

  return useMemo(() => {
    let last = 0;
    let pending: ReturnType<typeof setTimeout> | undefined;
    const publish = (time: EpochMs): void => {
      last = Date.now();
      // Untagged: panels that draw with uPlot leave out events that are tagged as their own.
      eventBus.publish(new DataHoverEvent({ point: { time }, dataId: 'runlane' }));
    };
    return {
      move(time: EpochMs): void {
        if (sync?.() === DashboardCursorSync.Off) {
          return;
        }
        clearTimeout(pending);
        const wait = last + THROTTLE_MS - Date.now();
        if (wait <= 0) {
          publish(time);
        } else {
          pending = setTimeout(() => publish(time), wait);
        }
      },
      clear(): void {
        clearTimeout(pending);
        if (sync?.() !== DashboardCursorSync.Off) {
          eventBus.publish(new DataHoverClearEvent());
        }
      },
    };
  }, [eventBus, sync]);
}
