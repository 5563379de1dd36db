import { readNumber } from '../../../src/model/read-shape';
import { decodePlace, encodePlace, readStarts } from './process-manager';

const read = (text: string | undefined) =>
  decodePlace(text, (fields) => ({ starts: readStarts(fields, readNumber), cursor: fields['cursor'] }));

test('a place is read as it was written', () => {
  expect(read(encodePlace({ starts: { web: 1, mail: 2 }, cursor: 'c' }))).toEqual({
    starts: { web: 1, mail: 2 },
    cursor: 'c',
  });
});

test.each([undefined, '', 'no JSON', '[]', '{"starts":{"web":"of another version"},"cursor":"c"}'])(
  'a place that cannot be read is an empty one: %s',
  (text) => {
    expect(read(text)).toEqual({ starts: {} });
  }
);
