import { FieldType, toDataFrame } from '@grafana/data';
import { laneOptions } from './lanes/lane-options';
import { laneKeyOf } from './options';

const frame = toDataFrame({
  fields: [
    { name: 'task', type: FieldType.string, values: ['a', 'b'] },
    { name: 'started', type: FieldType.time, values: [1e12, 1e12] },
    { name: 'finished', type: FieldType.time, values: [1e12 + 1, 1e12 + 1] },
    { name: 'state', type: FieldType.string, values: ['completed', 'failed'] },
    {
      name: 'labels',
      type: FieldType.other,
      values: [
        { team: 'x', 'shard 10': '1' },
        { owner: 'y', 'shard 9': '1' },
      ],
    },
  ],
});

test('"Lanes by" offers the facts, then the labels of the data by name', () => {
  expect(laneOptions([frame]).map(({ value }) => value)).toEqual(
    ['auto', 'task', 'worker', 'queue', 'source', 'host', 'state', 'label:owner', 'label:shard 9', 'label:shard 10', 'label:team'] // prettier-ignore
  );
  expect(laneOptions([frame]).at(-1)?.label).toBe('label team');
  expect(laneOptions([])).toHaveLength(7);
});

test('what a user types that is no fact is the name of a label', () => {
  expect(['auto', 'worker', 'label:team', 'team', ' team ', 'label:', ''].map(laneKeyOf)).toEqual([
    'auto', 'worker', 'label:team', 'label:team', 'label:team', 'auto', 'auto',
  ]); // prettier-ignore
});
