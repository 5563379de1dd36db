import { useEffect } from 'react';

/**
 * Draws again whenever the picture has moved by half a pixel, at most once a frame and at least once a second (the clock
 * of "now"). A hidden page gets no frames, so the chain rests until it is seen again.
 */
export function useSlide(on: boolean, msPerPx: number, draw: () => void): void {
  useEffect(() => {
    if (!on) {
      return;
    }
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = Math.max(16, Math.min(1000, msPerPx / 2));
    const next = (): void => {
      timer = setTimeout(() => {
        frame = requestAnimationFrame(() => {
          draw();
          next();
        });
      }, wait);
    };
    next();
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  }, [on, msPerPx, draw]);
}
