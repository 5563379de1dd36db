import { FieldType } from '@grafana/data';
import { ENGLISH } from './frame-context';
import { insteadFrames, toldFrames, unreportedText } from './unreported';

const CONTEXT = { refId: 'A', range: { from: 0, to: 1000 }, words: ENGLISH };
const OTHER = { fields: [{ name: 'n', type: FieldType.number, values: [1], config: {} }], length: 1 };

test.each([
  ['failed', 'states', 'abnormal'],
  ['not reported', 'states', 'abnormal'],
  ['failed', 'throughput', 'started'],
  ['not reported', 'throughput', 'failed'],
] as const)('a number that is %s is a dash, never the panel’s own text: %s, %s', (kind, view, name) => {
  const [frame] = insteadFrames(view, { frame: name }, { kind, why: 'Why.' }, CONTEXT);
  expect(frame?.fields[1]).toMatchObject({
    values: [null],
    config: { noValue: '–', displayNameFromDS: kind === 'failed' ? 'no answer' : 'not reported' },
  });
});

test.each([
  ['failures', {}],
  ['health', { frame: 'trouble' }],
  ['workers', {}],
] as const)('the table of %s %j has one row that says why', (view, choice) => {
  const [frame] = insteadFrames(view, choice, { kind: 'not reported', why: 'Celery tells no runs.' }, CONTEXT);
  expect(frame).toMatchObject({ length: 1, fields: [{ values: ['Celery tells no runs.'] }] });
});

test.each(['timeline', 'health'] as const)('the panel of the %s gets nothing in place of an answer', (view) => {
  expect(insteadFrames(view, {}, { kind: 'failed', why: '502' }, CONTEXT)).toEqual([]);
  const frames = insteadFrames(view, {}, { kind: 'not reported', why: 'Not told.' }, CONTEXT);
  expect(frames).toMatchObject([{ refId: 'A', length: 0, meta: { notices: [{ severity: 'info' }] } }]);
});

test('what a source cannot tell is said once, and only where nothing else came', () => {
  const frames = [{}, { frame: 'runs' }].flatMap((choice) =>
    insteadFrames('runs', choice, { kind: 'not reported', why: 'Celery does not report runs.' }, CONTEXT)
  );
  expect(unreportedText(frames)).toBe('Celery does not report runs.');
  expect(toldFrames(frames)).toEqual([]);
  expect(unreportedText([])).toBeUndefined();
  expect(unreportedText([{ fields: [], length: 0 }])).toBeUndefined();
  expect(unreportedText([...frames, OTHER])).toBeUndefined();
  expect(unreportedText(insteadFrames('runs', {}, { kind: 'failed', why: '502' }, CONTEXT))).toBeUndefined();
});
