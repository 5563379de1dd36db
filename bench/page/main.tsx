import { median } from '../rounds.mjs';
import { makeColumns, type Columns } from './data';
import { mountPanel, processed, runsFrame } from './our-panel';
import { drawStateTimelineShape, laneFrames } from './state-timeline-peer';
import { mountUPlot } from './uplot-peer';
import { paintVisTimeline, painted } from './vis-timeline-peer';

const LANES = 200;
const WIDTH = 1600;
const HEIGHT = 800;

const datasets = new Map<string, Columns>();
function dataset(count: number, overlap?: number): Columns {
  const key = `${count}/${overlap}`;
  const known = datasets.get(key);
  if (known) {
    return known;
  }
  datasets.clear();
  const made = makeColumns(count, LANES, overlap);
  datasets.set(key, made);
  return made;
}

function host(): HTMLElement {
  document.body.innerHTML = '';
  const element = document.createElement('div');
  element.style.width = `${WIDTH}px`;
  element.style.height = `${HEIGHT}px`;
  document.body.append(element);
  return element;
}

/** Milliseconds of a frame: median of `count` full views, each shifted by a few pixels, so that nothing can be kept. */
function frames(columns: Columns, count: number, draw: (from: number, to: number) => void): number {
  const pixel = (columns.to - columns.from) / WIDTH;
  const times: number[] = [];
  for (let i = 0; i < count + 2; i++) {
    const shift = ((i % 5) - 2) * 3 * pixel;
    const began = performance.now();
    draw(columns.from + shift, columns.to + shift);
    times.push(performance.now() - began);
  }
  return median(times.slice(2));
}

let kept: { refresh?: () => void; release?: () => void; boxes?: unknown } = {};

const bench = {
  frameOurs(count: number) {
    const columns = dataset(count);
    const panel = mountPanel(host(), processed(runsFrame(columns)), WIDTH, HEIGHT, columns.from, columns.to);
    const result = frames(columns, 21, panel.frame);
    panel.destroy();
    return result;
  },

  frameUPlot(count: number) {
    const columns = dataset(count);
    const plot = mountUPlot(host(), columns, WIDTH, HEIGHT);
    const result = frames(columns, 5, plot.frame);
    plot.destroy();
    return result;
  },

  /** Data in memory to painted frame, in ms. */
  async firstPaintOurs(count: number) {
    const columns = dataset(count);
    const element = host();
    await painted();
    const began = performance.now();
    const panel = mountPanel(element, processed(runsFrame(columns)), WIDTH, HEIGHT, columns.from, columns.to);
    await painted();
    const result = performance.now() - began;
    panel.destroy();
    return result;
  },

  async firstPaintVis(count: number) {
    const columns = dataset(count);
    const element = host();
    await painted();
    const began = performance.now();
    await paintVisTimeline(element, columns);
    return performance.now() - began;
  },

  /** Data for a refresh, made before it is measured. `shape` is ours or the state timeline's. */
  prepare(shape: 'ours' | 'state timeline', count: number) {
    kept.release?.();
    const columns = dataset(count);
    const input = shape === 'ours' ? [runsFrame(columns)] : laneFrames(columns);
    // React keeps the tree it unmounted last until the next one: a small panel takes the place of a large one.
    const small = makeColumns(LANES, LANES);
    mountPanel(host(), processed(runsFrame(small)), WIDTH, HEIGHT, small.from, small.to).destroy();
    const element = host();
    const canvas = document.createElement('canvas');
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    kept.refresh = () => {
      if (shape === 'ours') {
        const panel = mountPanel(element, input.flatMap(processed), WIDTH, HEIGHT, columns.from, columns.to);
        kept.release = panel.destroy;
      } else {
        element.append(canvas);
        // The real panel keeps its boxes for hit tests.
        kept.boxes = drawStateTimelineShape(input.flatMap(processed), canvas, columns.from, columns.to);
      }
    };
  },

  /** Frame in memory → field processing → drawn: ms of the main thread. What it keeps stays alive for the heap's count. */
  refresh() {
    const began = performance.now();
    kept.refresh?.();
    return performance.now() - began;
  },

  release() {
    kept.release?.();
    kept = {};
    document.body.innerHTML = '';
  },

  /**
   * Draws the panel and counts, lane by lane, the pixel columns in which a failed run lies, and those of them that show
   * the colour of failure anywhere in the lane's height.
   */
  failingColumns(count: number, overlap: number) {
    const columns = dataset(count, overlap);
    const element = host();
    const panel = mountPanel(element, processed(runsFrame(columns)), WIDTH, HEIGHT, columns.from, columns.to);
    const result = countFailing(element, columns);
    panel.destroy();
    return result;
  },
};

/** Finds the failed colour's pixels of the largest canvas and compares with brute force over the runs. */
function countFailing(element: HTMLElement, columns: Columns) {
  const canvas = [...element.querySelectorAll('canvas')].sort((a, b) => b.width * b.height - a.width * a.height)[0]!;
  const context = canvas.getContext('2d')!;
  const { width, height } = canvas;
  const pixels = context.getImageData(0, 0, width, height).data;
  const isRed = (x: number, y: number) => {
    const at = (y * width + x) * 4;
    return pixels[at]! > 180 && pixels[at + 1]! < 130 && pixels[at + 2]! < 140;
  };
  const scale = width / (columns.to - columns.from);
  const failed = 3;
  // Lanes are sorted by trouble, so which lane is where is not known here: the multisets per column are compared.
  const expected = new Uint16Array(width);
  const perColumn: Array<Set<number>> = Array.from({ length: width }, () => new Set());
  for (let i = 0; i < columns.begin.length; i++) {
    if (columns.state[i] !== failed) {
      continue;
    }
    const first = Math.max(0, Math.floor((columns.begin[i]! - columns.from) * scale));
    const last = Math.min(width - 1, Math.floor((columns.end[i]! - columns.from) * scale));
    for (let x = first; x <= last; x++) {
      perColumn[x]!.add(columns.lane[i]!);
    }
  }
  perColumn.forEach((lanes, x) => (expected[x] = lanes.size));
  let want = 0;
  let shown = 0;
  const laneHeight = height / columns.lanes;
  for (let x = 0; x < width; x++) {
    want += expected[x]!;
    let seen = 0;
    for (let lane = 0; lane < columns.lanes; lane++) {
      const top = Math.round(lane * laneHeight);
      const bottom = Math.min(height, Math.round((lane + 1) * laneHeight));
      for (let y = top; y < bottom; y++) {
        if (isRed(x, y)) {
          seen++;
          break;
        }
      }
    }
    shown += Math.min(seen, expected[x]!);
  }
  return { want, shown };
}

declare global {
  interface Window {
    bench: typeof bench;
  }
}
window.bench = bench;
