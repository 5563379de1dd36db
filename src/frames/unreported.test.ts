import { FieldType } from '@grafana/data';
import { unreportedFrame, unreportedText } from './unreported';

test('what a source cannot tell is said once, and only where nothing else came', () => {
  const frame = unreportedFrame('A', 'Celery does not report workers.');
  expect(frame).toMatchObject({ refId: 'A', length: 0, meta: { notices: [{ severity: 'info' }] } });
  expect(unreportedText([frame, { ...frame, refId: 'B' }])).toBe('Celery does not report workers.');
  expect(unreportedText([])).toBeUndefined();
  expect(unreportedText([{ fields: [], length: 0 }])).toBeUndefined();
  const other = { fields: [{ name: 'n', type: FieldType.number, values: [1], config: {} }], length: 1 };
  expect(unreportedText([frame, other])).toBeUndefined();
});
