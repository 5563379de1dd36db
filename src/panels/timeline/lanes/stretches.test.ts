import { FieldType, toDataFrame } from '@grafana/data';
import { groupKeys } from '../../../frames/group-keys';
import { readRuns } from '../../../frames/run-columns';
import { timeScale } from '../time-scale';
import { CANCELLED, FAILED, LOST, RUN_CLASSES } from '../run-class';
import { laneCount, laneRows } from './lane-rows';
import { second } from './run-picture.kit';
import { paintMasks, planPyramids } from './state-mask';

const COMPLETED = RUN_CLASSES.indexOf('completed');
const PENDING = RUN_CLASSES.indexOf('pending');

/** A second of completed runs, one in which one of 5,000 failed and one was lost, and one in which runs only wait. */
const merged = toDataFrame({
  name: 'columns',
  fields: [
    { name: 'lane', type: FieldType.string, values: ['mail', 'mail', 'mail'] },
    { name: 'started', type: FieldType.time, values: [second(0), second(1), second(2)] },
    { name: 'finished', type: FieldType.time, values: [second(1), second(2), second(3)] },
    { name: 'state', type: FieldType.string, values: ['completed', 'failed', 'pending'] },
    { name: 'count', type: FieldType.number, values: [10, 5000, 3] },
    { name: 'completed', type: FieldType.number, values: [10, 4998, 0] },
    { name: 'failed', type: FieldType.number, values: [0, 2, 0] },
    { name: 'lost', type: FieldType.number, values: [0, 1, 0] },
  ],
});
const lanes = toDataFrame({
  name: 'lanes',
  fields: [
    { name: 'lane', type: FieldType.string, values: ['mail'] },
    { name: 'completed', type: FieldType.number, values: [5001] },
    { name: 'failed', type: FieldType.number, values: [2] },
    { name: 'cancelled', type: FieldType.number, values: [1] },
    { name: 'lost', type: FieldType.number, values: [1] },
  ],
});

function rowsOf(frames: Array<typeof merged>) {
  const result = readRuns(frames);
  if (!result.ok) {
    throw new Error(`The panel misses ${result.missing}.`);
  }
  const { columns, lanes: facts } = result.reading;
  return laneRows(columns, groupKeys(columns, 'lane'), undefined, facts);
}

test('a merged column holds all the states of its runs: what hides the failed ones leaves the others', () => {
  const rows = rowsOf([merged]);
  const masks = new Uint8Array(3);
  const scale = timeScale(second(0), second(3), 3);
  paintMasks(rows, planPyramids(rows, second(0), second(3)), 0, scale, 3, second(3), masks);
  expect([...masks]).toEqual([1 << COMPLETED, (1 << COMPLETED) | (1 << FAILED) | (1 << LOST), 1 << PENDING]);
});

test('a merged lane has as many runs as its source counted, not as its columns hold together', () => {
  const rows = rowsOf([merged, lanes]);
  expect([COMPLETED, FAILED, LOST, CANCELLED].map((kind) => laneCount(rows, 0, kind))).toEqual([5001, 1, 1, 1]);
});
