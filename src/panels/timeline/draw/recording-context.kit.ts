/** A canvas context that writes down what is drawn on it, one line a call; fills and strokes with their colour. For tests. */
export function recordingContext(): { ctx: CanvasRenderingContext2D; calls: string[] } {
  const calls: string[] = [];
  const state: Record<string, unknown> = { fillStyle: '', strokeStyle: '' };
  const say = (value: unknown): string => {
    if (typeof value === 'number') {
      return String(Math.round(value * 100) / 100);
    }
    return typeof value === 'object' ? (Array.isArray(value) ? value.join(',') : '·') : String(value);
  };
  const handler: ProxyHandler<Record<string, unknown>> = {
    get(_, name) {
      if (typeof name !== 'string') {
        return undefined;
      }
      if (name in state) {
        return state[name];
      }
      if (name === 'measureText') {
        return (text: string) => ({ width: text.length * 6 });
      }
      if (name === 'createLinearGradient') {
        return () => ({ addColorStop: () => undefined });
      }
      if (name === 'createImageData') {
        return (width: number, height: number) => ({ width, height, data: new Uint8ClampedArray(width * height * 4) });
      }
      return (...values: unknown[]) => {
        const color = /^fill/.test(name)
          ? ` ${say(state.fillStyle)}`
          : /^stroke/.test(name)
            ? ` ${say(state.strokeStyle)}`
            : '';
        calls.push(`${name}(${values.map(say).join(', ')})${color}`);
      };
    },
    set(_, name, value) {
      state[String(name)] = value;
      return true;
    },
  };
  return { ctx: new Proxy({}, handler) as unknown as CanvasRenderingContext2D, calls };
}

/** jsdom has no paths. */
export class RecordedPath {
  constructor(readonly d: string) {}
}
