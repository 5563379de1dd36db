import { readPicture, second } from '../lanes/run-picture.kit';
import { FAILED, RUN_CLASSES } from '../run-class';
import { sceneOf } from './any-scene.kit';
import { createColumnBuffer } from './draw-columns';
import { drawAxis, drawTimeline } from './draw-timeline';
import { RecordedPath, recordingContext } from './recording-context.kit';
import type { Scene } from './scene';
import { timeTicks } from './time-ticks';

beforeAll(() => {
  Object.assign(globalThis, { Path2D: RecordedPath });
});

const draw = (scene: Scene): string[] => {
  const { ctx, calls } = recordingContext();
  const buffer = {
    canvas: document.createElement('canvas'),
    ctx: recordingContext().ctx,
    image: undefined,
    masks: new Uint8Array(0),
  };
  drawTimeline(ctx, scene, buffer, timeTicks(scene.scale, 'utc'));
  return calls;
};

const fill = (scene: Scene, kind: (typeof RUN_CLASSES)[number]): string =>
  scene.palette.fill[RUN_CLASSES.indexOf(kind)]!;

test('a run is a whisker with a tick, then its bar; a failed one says how', () => {
  const { rows } = readPicture('a | --------ffffffff');
  const scene = sceneOf(rows, { from: second(0), to: second(16), width: 160, now: second(16) });
  const calls = draw(scene);
  const bar = scene.layout.sizes.padTop + scene.layout.sizes.strip + scene.layout.sizes.padStrip;
  expect(calls).toContain(`fillRect(0, ${bar + 7}, 80, 2) ${scene.palette.wait}`);
  expect(calls).toContain(`roundRect(80, ${bar}, 80, 16, 2)`);
  expect(calls).toContain(`fill() ${fill(scene, 'failed')}`);
});

test('trouble is drawn after what is quiet, so that nothing lies over it', () => {
  const { rows } = readPicture(`
    a | ffffffffffff
    a |              cccccccc
    b | cccccccc
  `);
  const calls = draw(sceneOf(rows, { from: second(0), to: second(20), width: 200, now: second(20) }));
  const scene = sceneOf(rows, { from: second(0), to: second(20), width: 200, now: second(20) });
  const first = calls.indexOf(`fill() ${fill(scene, 'completed')}`);
  expect(first).toBeGreaterThan(-1);
  expect(calls.indexOf(`fill() ${fill(scene, 'failed')}`)).toBeGreaterThan(first);
});

test('nothing but ghosts is drawn after now', () => {
  const { rows } = readPicture('a | rrrr');
  const now = second(10);
  const facts = new Map([['a', { name: 'a', counts: [], lost: 0, missed: [], usualDuration: 15_000 }]]);
  const calls = draw(sceneOf(rows, { from: second(0), to: second(20), width: 200, now, facts }));
  expect(calls.some((call) => call.startsWith('roundRect(0,') && call.includes(', 100, 16,'))).toBe(true);
  // The dashed box from now to the usual end, 15 s after the start.
  expect(calls.some((call) => /^rect\(102\.5, [\d.]+, 47, 15\)/.test(call))).toBe(true);
});

test('of a silent source what runs is drawn up to the last moment known, and a veil lies over what came after', () => {
  const { rows } = readPicture('a | rrrr');
  const scene = sceneOf(rows, { from: second(0), to: second(20), width: 200, now: second(10), silent: true });
  const calls = draw(scene);
  expect(calls.some((call) => call.startsWith('roundRect(0,') && call.includes(', 100, 16,'))).toBe(true);
  expect(calls).toContain(`fillRect(100, 0, 100, ${scene.viewHeight}) ${scene.palette.veil}`);
  const { ctx, calls: axis } = recordingContext();
  drawAxis(ctx, scene, [], 24);
  expect(axis.filter((call) => call.startsWith('fillText('))).toEqual([expect.stringContaining('as of')]);
});

test('a missing run is a dashed box with its words where there is room', () => {
  const { rows } = readPicture('a | cc');
  const facts = new Map([['a', { name: 'a', counts: [], lost: 0, missed: [second(10)], usualDuration: 2000 }]]);
  const calls = draw(sceneOf(rows, { from: second(0), to: second(40), width: 400, now: second(40), facts }));
  expect(calls.some((call) => call.startsWith('strokeRect(100.5,'))).toBe(true);
  expect(calls.some((call) => call.startsWith('fillText(missed'))).toBe(true);
});

test('hidden states are not drawn', () => {
  const { rows } = readPicture('a | ffffffff');
  const scene = sceneOf(rows, { from: second(0), to: second(8), width: 80, now: second(8) });
  expect(draw({ ...scene, visible: ~(1 << FAILED) })).not.toContain(`fill() ${fill(scene, 'failed')}`);
});

test('attempts are linked by a dotted line', () => {
  const { rows } = readPicture(`
    a | ffff            #1 x
    a |         -cccc   #2 x
  `);
  const calls = draw(sceneOf(rows, { from: second(0), to: second(20), width: 200, now: second(20) }));
  expect(calls).toContain('setLineDash(2,2)');
  expect(calls.some((call) => call.startsWith('moveTo(40, '))).toBe(true);
  expect(calls.some((call) => call.startsWith('lineTo(80, '))).toBe(true);
});

test('lanes with colours of their own keep the colours of trouble', () => {
  const { rows } = readPicture(`
    a | cccccccc
    a |          ffffffff
    b | cccccccc
  `);
  const tint = (fill: string) => ({ fill, onFill: '#fff', shade: '#888', pixel: 0xff00ff00 });
  const scene = sceneOf(rows, {
    from: second(0),
    to: second(20),
    width: 200,
    now: second(20),
    colors: { by: 'lane', ofLane: (lane) => tint(`lane ${lane}`) },
  });
  const calls = draw(scene);
  expect(calls).toContain('fill() lane 0');
  expect(calls).toContain('fill() lane 1');
  expect(calls).not.toContain(`fill() ${fill(scene, 'completed')}`);
  expect(calls).toContain(`fill() ${fill(scene, 'failed')}`);
});

test('runs coloured by value are filled one by one', () => {
  const { rows } = readPicture(`
    a | cccccccc
    a |          cccccccc
  `);
  const ofRow = (row: number) => ({ fill: `row ${row}`, onFill: '#fff', shade: '#888', pixel: 0 });
  const key = { title: '', steps: [], continuous: false };
  const calls = draw(
    sceneOf(rows, { from: second(0), to: second(20), width: 200, now: second(20), colors: { by: 'value', ofRow, key } })
  );
  expect(calls.filter((call) => call.startsWith('fill() row'))).toEqual(['fill() row 0', 'fill() row 1']);
});

test('the axis leaves out labels that would touch now', () => {
  const { rows } = readPicture('a | cc');
  const scene = sceneOf(rows, { from: second(0), to: second(600), width: 600, now: second(600) });
  const { ctx, calls } = recordingContext();
  drawAxis(ctx, scene, timeTicks(scene.scale, 'utc'), 24);
  const texts = calls.filter((call) => call.startsWith('fillText('));
  expect(texts[0]).toMatch(/now/);
  expect(texts.some((call) => call.startsWith('fillText(00:10'))).toBe(false);
});

test('without a canvas there is no buffer, and nothing breaks', () => {
  expect(createColumnBuffer()).toBeUndefined();
});
