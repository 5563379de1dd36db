import { readLogEnd } from './log-end';

const FAILED = `vm
[2026-11-30T06:42:44.970+0000] {taskinstance.py:740} INFO - ::endgroup::
[2026-11-30T06:42:44.973+0000] {taskinstance.py:3336} ERROR - Task failed with exception
Traceback (most recent call last):
  File "/opt/airflow/dags/ends.py", line 27, in refund
    raise ValueError('no such order 4711')
ValueError: no such order 4711
[2026-11-30T06:42:44.990+0000] {taskinstance.py:1225} INFO - Marking task as FAILED.`;

/** As Python writes a list of host and text: Airflow 2.11's JSON. */
const inPython = (text: string) =>
  JSON.stringify({ content: `[('vm', '${text.replace(/'/g, "\\'").replace(/\n/g, '\\n')}')]` });

test.each([
  ['as text', FAILED],
  ['as JSON', inPython(FAILED)],
])('a log of Airflow 2, %s, ends with its traceback', (_, body) => {
  expect(readLogEnd(body)).toEqual({
    error: {
      type: 'ValueError',
      message: 'no such order 4711',
      stack: expect.stringMatching(/^Traceback .*\n {2}File "\/opt[^]*ValueError: no such order 4711$/),
    },
  });
});

test.each([
  ['-9', 'SIGKILL'],
  ['Negsignal.SIGTERM', 'SIGTERM'],
  ['-64', '64'],
])('a process that ended with the code %s was killed by %s', (code, signal) => {
  const text = `${FAILED}\n[2026-11-30T06:48:36.982+0000] {local_task_job_runner.py:266} INFO - Task exited with return code ${code}.`;
  expect(readLogEnd(text)).toMatchObject({ signal, substate: 'killed', error: { type: signal } });
});

test('the last exception of a log of Airflow 3 counts, and a signal after it more', () => {
  const failed = (type: string) => ({ event: 'Task failed with exception', error_detail: [{ exc_type: type }] });
  const body = (...lines: unknown[]) => JSON.stringify({ content: lines, continuation_token: null });
  expect(readLogEnd(body(failed('KeyError'), { event: 'retrying' }, failed('AirflowTaskTimeout'), 'plain'))).toEqual({
    error: { type: 'AirflowTaskTimeout' },
    substate: 'timed_out',
  });
  const killed = { event: 'Process terminated by signal.', signal: -9, signal_name: 'SIGKILL' };
  expect(readLogEnd(body(failed('KeyError'), killed))).toEqual({
    error: { type: 'SIGKILL', message: 'Process terminated by signal.' },
    signal: 'SIGKILL',
    substate: 'killed',
  });
});

test('a log that says nothing of an end tells none', () => {
  expect(readLogEnd('{"content": [{"event": "Task started"}]}')).toEqual({});
  expect(readLogEnd('[2026-11-30T06:42:44.970+0000] INFO - done')).toEqual({});
});
