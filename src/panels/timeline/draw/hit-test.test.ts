import fc from 'fast-check';
import { anyRuns, rowsOf, type AnyRun } from '../lanes/any-runs.kit';
import { readPicture, second } from '../lanes/run-picture.kit';
import { FAILED } from '../run-class';
import { sceneOf } from './any-scene.kit';
import { LEAST_WIDTH } from './bar-buffer';
import { hitTest, summarise } from './hit-test';
import { subLaneTop } from './layout';

const SPAN = 1000;
const NOW = 3 * SPAN;

test('a point on a bar or its whisker finds a run that is drawn there, and a point far from all finds none', () => {
  fc.assert(
    fc.property(
      anyRuns(SPAN, 40),
      fc.integer({ min: 0, max: 399 }),
      fc.nat(2),
      fc.nat(20),
      (runs, x, laneAt, subAt) => {
        const scene = sceneOf(rowsOf(runs), { from: -SPAN, to: SPAN, width: 400, now: NOW });
        const at = laneAt % Math.max(1, scene.layout.shapes.length);
        const shape = scene.layout.shapes[at];
        if (!shape || shape.subLanes === 0) {
          return;
        }
        const sub = subAt % shape.subLanes;
        const y = scene.layout.top[at]! + subLaneTop(scene.layout.sizes, sub) + 2;
        const hit = hitTest(scene, x, y);
        // Brute force: every run of the sub-lane, its distance from the point.
        const packed = scene.packed(shape.lane);
        const gaps = runs
          .map((run, row) => ({ row, run }))
          .filter(({ run, row }) => run.lane === shape.lane && subOf(scene, packed, row) === sub)
          .map(({ row }) => ({ row, gap: gapOf(scene, row, x) }));
        const least = Math.min(Infinity, ...gaps.map(({ gap }) => gap));
        if (least > 3.01) {
          expect(hit.kind).toBe('empty');
        } else if (least < 2.99) {
          expect(hit.kind).toBe('run');
          expect(hit.kind === 'run' ? gaps.find(({ row }) => row === hit.row)?.gap : undefined).toBeCloseTo(least, 6);
        }
      }
    ),
    { numRuns: 400 }
  );
});

type TestScene = ReturnType<typeof sceneOf>;

function subOf(scene: TestScene, packed: ReturnType<TestScene['packed']>, row: number): number {
  const { rows } = scene;
  const lane = rows.first.findIndex((_, candidate) =>
    rows.order.subarray(rows.first[candidate]!, rows.first[candidate + 1]!).includes(row)
  );
  return packed.subLane[rows.order.indexOf(row) - rows.first[lane]!]!;
}

function gapOf(scene: TestScene, row: number, x: number): number {
  const { began, start, end } = scene.rows.columns;
  const until = Number.isNaN(end[row]) ? scene.now : end[row]!;
  const begin = Number.isNaN(start[row]) ? until : start[row]!;
  const left = scene.scale.x(Math.min(began[row]!, begin));
  const right = Math.max(scene.scale.x(Math.max(begin, until)), scene.scale.x(begin) + LEAST_WIDTH);
  return x < left ? left - x : x > right ? x - right : 0;
}

test('the strip answers with everything of the lane in these pixels, and the worst of it', () => {
  const { rows } = readPicture(`
    a | cccccccc
    a |   ff
    a |     kkkk
  `);
  const scene = sceneOf(rows, { from: second(0), to: second(10), width: 100, now: second(10) });
  const hit = hitTest(scene, 25, scene.layout.sizes.padTop + 1);
  expect(hit.kind).toBe('column');
  if (hit.kind === 'column') {
    const found = summarise(scene, hit.lane, hit.from, hit.to);
    expect(found.runs).toBe(2);
    expect(found.counts[FAILED]).toBe(1);
    expect(rows.classes[found.worst!]).toBe(FAILED);
  }
});

test('hidden states are not found', () => {
  const { rows } = readPicture('a | ffffffff');
  const scene = sceneOf(rows, { from: second(0), to: second(10), width: 100, now: second(10) });
  const y = subLaneTop(scene.layout.sizes, 0) + 2;
  expect(hitTest(scene, 20, y).kind).toBe('run');
  expect(hitTest({ ...scene, visible: ~(1 << FAILED) }, 20, y).kind).toBe('empty');
});

test('below the last lane there is nothing', () => {
  const run: AnyRun = { lane: 0, began: 0, wait: 0, ran: 10, state: 2, lost: false, started: true };
  const scene = sceneOf(rowsOf([run]), { from: 0, to: 10, width: 100, now: 10 });
  expect(hitTest(scene, 5, scene.layout.height + 5).kind).toBe('nothing');
});
