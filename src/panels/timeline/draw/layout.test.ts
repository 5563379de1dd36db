import { laneAt, LANE_SIZES, lanesBetween, layoutLanes, subLaneAt, subLaneTop } from './layout';

const shapes = (...subLanes: number[]) => subLanes.map((count, lane) => ({ lane, subLanes: count, needed: count }));

test('lanes lie below each other and a point finds its lane and line again', () => {
  const layout = layoutLanes(shapes(3, 0, 1), 'normal', 500);
  expect(layout.height).toBe(layout.top[3]);
  for (let at = 0; at < 3; at++) {
    expect(laneAt(layout, layout.top[at]!)).toBe(at);
    expect(laneAt(layout, layout.top[at + 1]! - 0.5)).toBe(at);
  }
  const shape = layout.shapes[0]!;
  for (let sub = 0; sub < 3; sub++) {
    const top = subLaneTop(layout.sizes, sub);
    expect(subLaneAt(layout.sizes, shape, top)).toBe(sub);
    expect(subLaneAt(layout.sizes, shape, top + layout.sizes.bar)).toBe(sub);
  }
  expect(subLaneAt(layout.sizes, shape, layout.sizes.padTop)).toBe(-1);
});

test('a lane with one line is high enough for the two lines of its label, a folded one for its strip', () => {
  const layout = layoutLanes(shapes(1, 0), 'normal', 500);
  expect(layout.top[1]).toBe(LANE_SIZES.normal.least);
  expect(layout.top[2]! - layout.top[1]!).toBe(LANE_SIZES.normal.collapsed);
});

test('only the lanes in view are looked at', () => {
  const layout = layoutLanes(shapes(...Array.from({ length: 1000 }, () => 0)), 'normal', 500);
  expect(lanesBetween(layout, 280, 560)).toEqual({ first: 10, last: 20 });
  expect(lanesBetween(layout, -50, 10)).toEqual({ first: 0, last: 1 });
  expect(lanesBetween(layout, layout.height - 10, layout.height + 500)).toEqual({ first: 999, last: 1000 });
});

test('"fit all" gives every lane a strip within the room there is', () => {
  const layout = layoutLanes(shapes(...Array.from({ length: 200 }, () => 4)), 'fit', 800);
  expect(layout.height).toBe(800);
  expect(layout.shapes.every((shape) => shape.subLanes === 0)).toBe(true);
});
