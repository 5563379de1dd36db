import { useEffect, useRef, useState } from 'react';
import type { CssPixels, EpochMs } from '../../../model/units';
import { zoomAt, type TimeScale } from '../time-scale';
import type { Range } from './use-range-override';

/** A pointer that moved less than this did not drag. */
const DRAG_FROM: CssPixels = 4;
const LEAST_PINCH: CssPixels = 8;
/** A finger that rests this long asks what lies under it. */
const LONG_PRESS_MS = 450;

interface Press {
  x: CssPixels;
  y: CssPixels;
  touch: boolean;
  moved: boolean;
  /** A finger rested: what lies under it is told and stays told after the finger is gone. */
  held: boolean;
  /** As it was when the pointer went down: while it drags, time may slide on. */
  scale: TimeScale;
}

interface Point {
  x: CssPixels;
  y: CssPixels;
}

interface Options {
  scale: () => TimeScale | undefined;
  canvas: React.RefObject<HTMLCanvasElement | null>;
  /** Where the wheel is listened to. */
  scroller: React.RefObject<HTMLElement | null>;
  /** A finished choice of a range. */
  onZoom: (from: EpochMs, to: EpochMs) => void;
  /** A range on the way: wheel, pinch, or a finger that pans. */
  onRange: (range: Range) => void;
  /** A mouse, or a finger that rests, at a point of the plot; `undefined`: it left. */
  onHover: (point: Point | undefined, event: React.PointerEvent) => void;
  onPress: (point: Point, event: React.PointerEvent) => void;
}

/**
 * What hands do: drag over a range to zoom, ctrl or ⌘ and wheel to zoom at the pointer, shift and wheel to pan; one finger
 * pans, two pinch, a tap chooses, a long press tells. The plain wheel and up and down of a finger are left to the scroller.
 */
export function useGestures(options: Options) {
  const current = useRef(options);
  current.current = options;
  const [drag, setDrag] = useState<{ from: CssPixels; to: CssPixels } | undefined>(undefined);
  const pointers = useRef(new Map<number, Point>());
  const pinch = useRef<{ distance: number; scale: TimeScale; at: EpochMs } | undefined>(undefined);
  const press = useRef<Press | undefined>(undefined);
  const longPress = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(longPress.current), []);

  const pointOf = (event: { clientX: number; clientY: number }): Point => {
    const box = current.current.canvas.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };

  const release = (event: React.PointerEvent): void => {
    clearTimeout(longPress.current);
    pointers.current.delete(event.pointerId);
    pinch.current = pointers.current.size < 2 ? undefined : pinch.current;
    press.current = undefined;
    setDrag(undefined);
  };

  const handlers = {
    onPointerDown(event: React.PointerEvent<HTMLCanvasElement>): void {
      const scale = options.scale();
      if (!scale || event.button !== 0) {
        return;
      }
      event.currentTarget.setPointerCapture?.(event.pointerId);
      const point = pointOf(event);
      pointers.current.set(event.pointerId, point);
      const [one, two] = [...pointers.current.values()];
      if (one && two) {
        const distance = Math.max(LEAST_PINCH, Math.abs(one.x - two.x));
        pinch.current = { distance, scale, at: scale.time((one.x + two.x) / 2) };
        press.current = undefined;
        clearTimeout(longPress.current);
        setDrag(undefined);
      } else {
        const pressed: Press = { ...point, touch: event.pointerType === 'touch', scale, moved: false, held: false };
        press.current = pressed;
        if (pressed.touch) {
          current.current.onHover(undefined, event);
          longPress.current = setTimeout(() => {
            pressed.held = true;
            current.current.onHover(point, event);
          }, LONG_PRESS_MS);
        }
      }
    },

    onPointerMove(event: React.PointerEvent<HTMLCanvasElement>): void {
      const point = pointOf(event);
      if (pointers.current.has(event.pointerId)) {
        pointers.current.set(event.pointerId, point);
      }
      const [one, two] = [...pointers.current.values()];
      if (pinch.current && one && two) {
        const { distance, scale, at } = pinch.current;
        options.onRange(zoomAt(scale, at, distance / Math.max(LEAST_PINCH, Math.abs(one.x - two.x))));
        return;
      }
      const pressed = press.current;
      if (pressed) {
        pressed.moved ||= Math.abs(point.x - pressed.x) >= DRAG_FROM;
        if (pressed.moved) {
          clearTimeout(longPress.current);
        }
        if (pressed.moved && pressed.touch) {
          const by = (pressed.x - point.x) * pressed.scale.msPerPx;
          options.onRange({ from: pressed.scale.from + by, to: pressed.scale.to + by });
        } else if (pressed.moved) {
          setDrag({ from: within(pressed.x, pressed.scale), to: within(point.x, pressed.scale) });
        }
      }
      if (event.pointerType !== 'touch') {
        options.onHover(point, event);
      }
    },

    onPointerUp(event: React.PointerEvent<HTMLCanvasElement>): void {
      const pressed = pinch.current ? undefined : press.current;
      release(event);
      if (!pressed) {
        return;
      }
      const point = pointOf(event);
      if (!pressed.moved && !pressed.held) {
        options.onPress(point, event);
      } else if (pressed.moved && !pressed.touch && Math.abs(point.x - pressed.x) >= DRAG_FROM) {
        const { scale } = pressed;
        const a = scale.time(within(Math.min(pressed.x, point.x), scale));
        options.onZoom(a, scale.time(within(Math.max(pressed.x, point.x), scale)));
      }
    },

    onPointerCancel: release,

    onPointerLeave(event: React.PointerEvent<HTMLCanvasElement>): void {
      // Lifting a finger leaves as well, and must not take away what its long press told.
      if (event.pointerType !== 'touch') {
        options.onHover(undefined, event);
      }
    },

    onContextMenu(event: React.MouseEvent): void {
      // The browser's answer to a long press.
      if (press.current?.touch) {
        event.preventDefault();
      }
    },
  };

  // React listens to wheels passively, which could not keep the page from zooming along.
  useEffect(() => {
    const element = current.current.scroller.current;
    const onWheel = (event: WheelEvent): void => {
      const { scale: scaleNow, onRange } = current.current;
      const scale = scaleNow();
      if (!scale) {
        return;
      }
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        onRange(zoomAt(scale, scale.time(within(pointOf(event).x, scale)), Math.exp(event.deltaY * 0.0025)));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        const by = (event.deltaX || event.deltaY) * scale.msPerPx;
        onRange({ from: scale.from + by, to: scale.to + by });
      }
    };
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, []);

  return { drag, handlers };
}

function within(x: CssPixels, scale: TimeScale): CssPixels {
  return Math.max(0, Math.min(scale.width, x));
}
