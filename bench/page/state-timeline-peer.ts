import { FieldType, outerJoinDataFrames, toDataFrame, type DataFrame } from '@grafana/data';
import { LIFECYCLE_STATES } from '../../src/model/lifecycle';
import { STATE_COLORS, laneName, type Columns } from './data';

/** Frames as Grafana's state timeline takes them: one per lane, start, end and state. */
export function laneFrames(columns: Columns): DataFrame[] {
  const perLane = columns.begin.length / columns.lanes;
  return Array.from({ length: columns.lanes }, (_, lane) => {
    const part = <T>(values: ArrayLike<T>) => Array.from(values).slice(0);
    const at = lane * perLane;
    return toDataFrame({
      name: laneName(lane),
      fields: [
        { name: 'time', type: FieldType.time, values: part(columns.begin.subarray(at, at + perLane)) },
        { name: 'end', type: FieldType.time, values: part(columns.end.subarray(at, at + perLane)) },
        {
          name: laneName(lane),
          type: FieldType.string,
          values: Array.from(columns.state.subarray(at, at + perLane), (state) => LIFECYCLE_STATES[state]),
        },
      ],
    });
  });
}

/**
 * The shape of Grafana 12.3's state timeline, without its code: all lanes joined on one time axis (the real
 * `outerJoinDataFrames`), an end being a null on that axis, then one box per cell and lane, a Path2D per colour. The
 * real panel took 0.7–1.1 s and 532 MB at 100k states.
 */
export function drawStateTimelineShape(frames: DataFrame[], canvas: HTMLCanvasElement, from: number, to: number) {
  const withEnds = frames.map((frame) => {
    const [time, end, state] = frame.fields;
    const moments = new Map<number, string | null>();
    end!.values.forEach((at: number) => moments.set(at, null));
    time!.values.forEach((at: number, i: number) => moments.set(at, state!.values[i] as string));
    const sorted = [...moments].sort((a, b) => a[0] - b[0]);
    return toDataFrame({
      fields: [
        { name: 'time', type: FieldType.time, values: sorted.map((entry) => entry[0]) },
        { name: state!.name, type: FieldType.string, values: sorted.map((entry) => entry[1]) },
      ],
    });
  });
  const joined = outerJoinDataFrames({ frames: withEnds })!;
  const times = joined.fields[0]!.values as number[];
  const context = canvas.getContext('2d')!;
  const laneHeight = canvas.height / (joined.fields.length - 1);
  const scale = canvas.width / (to - from);
  const boxes: Array<Array<{ x: number; y: number; w: number; h: number; lane: number; index: number } | null>> = [];
  for (let lane = 1; lane < joined.fields.length; lane++) {
    const values = joined.fields[lane]!.values as Array<string | null | undefined>;
    const row = new Array<(typeof boxes)[number][number]>(values.length).fill(null);
    const paths = new Map<string, Path2D>();
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value == null) {
        continue;
      }
      let next = i + 1;
      while (next < values.length && values[next] === undefined) {
        next++;
      }
      const x = (times[i]! - from) * scale;
      const w = Math.max(1, ((times[next] ?? to) - times[i]!) * scale);
      const y = (lane - 1) * laneHeight;
      row[i] = { x, y, w, h: laneHeight - 1, lane, index: i };
      const path = paths.get(value) ?? new Path2D();
      path.rect(x, y, w, laneHeight - 1);
      paths.set(value, path);
    }
    boxes.push(row);
    for (const [value, path] of paths) {
      context.fillStyle = STATE_COLORS[LIFECYCLE_STATES.indexOf(value as (typeof LIFECYCLE_STATES)[number])]!;
      context.fill(path);
    }
  }
  context.getImageData(0, 0, 1, 1);
  return boxes;
}
