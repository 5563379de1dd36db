import type { DataFrame } from '@grafana/data';
import { firstPlace } from '../model/first-place';
import { FRAME, STRIP_FIELD } from './field-names';
import { hasField, valueAt } from './frame-cells';
import type { RunPart } from './run-fields';

/** CPU and memory samples of runs: samples `first[i]` up to `first[i + 1]` belong to the run `row[i]`, ascending. */
export interface StripColumns {
  row: Uint32Array;
  first: Uint32Array;
  time: Float64Array;
  /** NaN: no sample. */
  cpuCores: Float64Array;
  rssBytes: Float64Array;
}

/** The samples of all `strips` frames; `undefined` where there are none. */
export function stripColumns(series: readonly DataFrame[], parts: readonly RunPart[]): StripColumns | undefined {
  const frames = series.filter(
    (frame) => frame.name === FRAME.strips && hasField(frame, STRIP_FIELD.run) && frame.length > 0
  );
  if (frames.length === 0) {
    return undefined;
  }
  const rows: number[] = [];
  const first: number[] = [];
  const times: number[] = [];
  const cpu: number[] = [];
  const rss: number[] = [];
  for (const frame of frames) {
    // Samples name rows of the `runs` frame that came from the same query.
    const part = parts.find((candidate) => candidate.frame.refId === frame.refId) ?? parts[0];
    const offset = part?.first ?? 0;
    let last = -1;
    for (let at = 0; at < frame.length; at++) {
      const run = Number(valueAt(frame, STRIP_FIELD.run, at));
      if (run !== last) {
        rows.push(run + offset);
        first.push(times.length);
        last = run;
      }
      times.push(Number(valueAt(frame, STRIP_FIELD.time, at) ?? NaN));
      cpu.push(Number(valueAt(frame, STRIP_FIELD.cpuCores, at) ?? NaN));
      rss.push(Number(valueAt(frame, STRIP_FIELD.rssBytes, at) ?? NaN));
    }
  }
  first.push(times.length);
  const order = rows.map((_, index) => index).sort((a, b) => rows[a]! - rows[b]!);
  const sortedFirst = new Uint32Array(order.length + 1);
  const time = new Float64Array(times.length);
  const cpuCores = new Float64Array(times.length);
  const rssBytes = new Float64Array(times.length);
  let to = 0;
  order.forEach((from, place) => {
    sortedFirst[place] = to;
    for (let at = first[from]!; at < first[from + 1]!; at++) {
      time[to] = times[at]!;
      cpuCores[to] = cpu[at]!;
      rssBytes[to] = rss[at]!;
      to += 1;
    }
  });
  sortedFirst[order.length] = to;
  return { row: Uint32Array.from(order, (from) => rows[from]!), first: sortedFirst, time, cpuCores, rssBytes };
}

/** Place of a run's samples in the strips, or -1. */
export function stripOf(strips: StripColumns, row: number): number {
  const found = firstPlace(0, strips.row.length, (place) => strips.row[place]! >= row);
  return strips.row[found] === row ? found : -1;
}
