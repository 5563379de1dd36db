import { useCallback, useRef, useState } from 'react';
import type { CssPixels } from '../../../model/units';

/** The width of an element as it changes; starts with a guess, so that the first paint is not empty. */
export function useWidth(guess: CssPixels) {
  const [width, setWidth] = useState(guess);
  const observer = useRef<ResizeObserver | undefined>(undefined);
  const ref = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect();
    observer.current = undefined;
    if (!element) {
      return;
    }
    const measure = (): void => setWidth((before) => (element.clientWidth > 0 ? element.clientWidth : before));
    measure();
    if (typeof ResizeObserver !== 'undefined') {
      observer.current = new ResizeObserver(measure);
      observer.current.observe(element);
    }
  }, []);
  return [ref, width] as const;
}
