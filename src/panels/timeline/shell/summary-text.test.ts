import { FieldType } from '@grafana/data';
import { RUN_FIELD } from '../../../frames/field-names';
import { readRuns } from '../../../frames/run-columns';
import { framesOfPicture } from '../lanes/run-picture.kit';
import { runsOf } from './summary-text';

test('a run of several attempts counts as one run', () => {
  const frames = framesOfPicture('mail | ff    #1 tried\nmail |    cc #2 tried\nmail | cc');
  frames[0]!.fields.push({ name: RUN_FIELD.retried, type: FieldType.number, config: {}, values: [1, 0, 0] });
  const result = readRuns(frames);
  if (!result.ok) {
    throw new Error('the runs of the test cannot be read');
  }
  expect(result.reading.columns).toHaveLength(3);
  expect(runsOf(result.reading)).toBe(2);
});
