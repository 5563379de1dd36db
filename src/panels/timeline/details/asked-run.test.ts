import { FieldType } from '@grafana/data';
import { readRuns, type RunColumns } from '../../../frames/run-columns';
import { framesOfPicture, second } from '../lanes/run-picture.kit';
import { asksByName, rowOfAsked } from './asked-run';

function columnsOf(picture: string, more: Record<string, unknown[]> = {}): RunColumns {
  const [frame] = framesOfPicture(picture);
  for (const [name, values] of Object.entries(more)) {
    const type = typeof values.find((value) => value !== null) === 'number' ? FieldType.number : FieldType.string;
    frame!.fields.push({ name, type, values, config: {} });
  }
  const result = readRuns([frame!]);
  if (!result.ok) {
    throw new Error(`the picture has no ${result.missing}`);
  }
  return result.reading.columns;
}

const RUNS = columnsOf(`
  mail   | ff              #1 a
  mail   |    ff           #2 a
  mail   |          cc     #1 b
  report |  rrrrrrrrrrrr   #1 c
  report |      rrrrrrrr   #1 d
  report |     ll          #1 e
  report |  ppp            #1 f
  report |         ppp     #2 g
`);
const rowOf = (asked: string, from = 0, to = 20): number | undefined =>
  rowOfAsked(RUNS, asked, second(from), second(to));

test('a run is found by its id, and by the attempt behind it', () => {
  expect(['a', 'a #2', 'b', 'a #3', 'x', ''].map((asked) => rowOf(asked))).toEqual([
    0,
    1,
    2,
    undefined,
    undefined,
    undefined,
  ]);
});

test('an id alone finds the newest attempt where the first is not there', () => {
  expect(rowOf('a', 3)).toBe(1);
  expect(rowOf('g')).toBe(7);
});

test('a state finds the newest run that ended so, and of those that have not ended the oldest', () => {
  expect(['failed', 'lost', 'completed', 'running', 'pending', 'cancelled'].map((asked) => rowOf(asked))).toEqual([
    5,
    5,
    2,
    3,
    6,
    undefined,
  ]);
});

test('only what is alive in the range is found', () => {
  expect(rowOf('failed', 0, 2)).toBe(0);
  expect(rowOf('a', 6)).toBeUndefined();
  expect(rowOf('running', 100, 200)).toBe(3);
});

test('how a run ended is a wish: who ended so comes first, and without one any of the state', () => {
  const runs = columnsOf('mail | ff\nmail |   ff\nmail |     ff\nmail |       ff', {
    signal: ['SIGKILL', null, 'SIGKILL', null],
    exitCode: [null, 3, null, 1],
  });
  const row = (asked: string) => rowOfAsked(runs, asked, second(0), second(20));
  expect(['failed SIGKILL', 'failed exit 3', 'failed exit 1', 'failed oom', 'failed'].map(row)).toEqual([
    2, 1, 3, 3, 3,
  ]);
});

test('a run that is named like a state is found by its name', () => {
  const runs = columnsOf('mail | cc #1 failed\nmail |   ff #1 x');
  expect(rowOfAsked(runs, 'failed', second(0), second(20))).toBe(0);
});

test('states and their ends mean any run, all else means one', () => {
  expect(['failed', 'lost', 'failed exit 3', 'r-1', 'r-1 #2', 'r 1', ''].map(asksByName)).toEqual([
    false,
    false,
    false,
    true,
    true,
    true,
    false,
  ]);
});

test('of the same name in two sources the newer run is meant', () => {
  const runs = columnsOf('mail |    cc #1 one\nmail | cc #1 one', { source: ['a', 'b'] });
  expect(rowOfAsked(runs, 'one', second(0), second(20))).toBe(0);
});

test('merged stretches are no runs', () => {
  expect(
    rowOfAsked(
      { ...RUNS, parts: RUNS.parts.map((part) => ({ ...part, merged: true })) },
      'failed',
      second(0),
      second(20)
    )
  ).toBeUndefined();
});
