import { createDataFrame, FieldType } from '@grafana/data';
import { annotationQuery, eventsOf } from './annotations';

test('failures are asked as runs that failed, beside the filters of the annotation', () => {
  const query = annotationQuery({
    refId: 'x',
    view: 'runs',
    filter: { matches: [{ field: 'queue', operator: '=', values: ['$queue'] }] },
  });
  expect(query).toMatchObject({ view: 'runs', live: false, annotation: 'failures' });
  expect(query.filter?.matches).toEqual([
    { field: 'queue', operator: '=', values: ['$queue'] },
    { field: 'state', operator: '=', values: ['failed'] },
  ]);
});

test('lost runs are asked by their detail, silent workers as workers', () => {
  expect(annotationQuery({ refId: 'x', view: 'runs', annotation: 'lost_runs' }).filter?.matches?.[0]?.values).toEqual([
    'lost',
  ]);
  expect(annotationQuery({ refId: 'x', view: 'runs', annotation: 'silent_workers' })).toMatchObject({
    view: 'workers',
  });
});

test('a failed run is marked where it ended, with its cause; names are text, never HTML', () => {
  const frame = createDataFrame({
    fields: [
      { name: 'finished', type: FieldType.time, values: [5, null, null] },
      { name: 'observed', type: FieldType.time, values: [6, 7, null] },
      { name: 'task', type: FieldType.string, values: ['<img src=x>', 'b', 'c'] },
      { name: 'substate', type: FieldType.string, values: [null, 'lost', null] },
      { name: 'errorType', type: FieldType.string, values: ['SMTP & more', null, null] },
      { name: 'error', type: FieldType.string, values: ['first "line"\nsecond', null, null] },
      { name: 'exitCode', type: FieldType.number, values: [3, null, null] },
      { name: 'queue', type: FieldType.string, values: ['fast', null, null] },
    ],
  });
  expect(eventsOf([frame], 'failures')).toEqual([
    {
      time: 5,
      title: '&lt;img src=x&gt; failed',
      text: 'SMTP &amp; more · first &quot;line&quot; · exit 3',
      tags: ['fast'],
    },
    { time: 7, title: 'b lost', text: '', tags: [] },
  ]);
});

test('a worker is marked where it fell silent', () => {
  const frame = createDataFrame({
    fields: [
      { name: 'lastSeen', type: FieldType.time, values: [5, 6] },
      { name: 'alive', type: FieldType.string, values: ['silent', 'alive'] },
      { name: 'worker', type: FieldType.string, values: ['mail-1', 'mail-2'] },
    ],
  });
  expect(eventsOf([frame], 'silent_workers')).toMatchObject([{ time: 5, title: 'Worker mail-1 fell silent' }]);
});
