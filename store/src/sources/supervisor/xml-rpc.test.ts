import { ShapeError } from '../../../../src/model/read-shape';
import { recorded, recordedProcesses } from './fixtures.kit';
import { readProcessInfos } from './wire';
import { decodeAnswer, encodeCall, RpcShapeError } from './xml-rpc';

const answered = (value: string) =>
  `<?xml version='1.0'?><methodResponse><params><param><value>${value}</value></param></params></methodResponse>`;

test('a call is XML, whatever its parameters hold', () => {
  expect(encodeCall('supervisor.readLog', [-300, '<&>'])).toBe(
    '<?xml version="1.0"?><methodCall><methodName>supervisor.readLog</methodName><params><param><value><int>-300</int></value></param>' +
      '<param><value><string>&lt;&amp;&gt;</string></value></param></params></methodCall>'
  );
});

test('what Supervisor tells of its processes is read, without what it does not know', () => {
  const processes = recordedProcesses();
  expect(processes).toHaveLength(11);
  expect(processes.find(({ name }) => name === 'web_01')).toEqual({
    name: 'web_01',
    group: 'web',
    startedAt: 1_796_035_434_000,
    now: 1_796_035_442_000,
    state: 'RUNNING',
    spawnError: '',
    exitStatus: 0,
    pid: 23_435,
  });
  // FATAL forgets the exit code; what was never started has no start.
  expect(processes.find(({ name }) => name === 'broken')).toMatchObject({ state: 'FATAL', exitStatus: 0 });
  expect(processes.find(({ name }) => name === 'never')).not.toHaveProperty('startedAt');
});

test('text keeps its length in bytes, also where a program has written what XML cannot hold', () => {
  expect(decodeAnswer(answered('<string>a\u001b[31m茶\r\n</string>'))).toEqual({ value: 'a?[31m茶?\n' });
});

test('a fault is an answer', () => {
  const members =
    '<member><name>faultCode</name><value><int>20</int></value></member><member><name>faultString</name><value><string>NO_FILE</string></value></member>';
  expect(
    decodeAnswer(`<methodResponse><fault><value><struct>${members}</struct></value></fault></methodResponse>`)
  ).toEqual({
    fault: { code: 20, message: 'NO_FILE' },
  });
});

test('what was cut, and what is no XML-RPC, is refused', () => {
  for (const text of [
    recorded('processes.xml').slice(0, 5_000),
    '<html></html>',
    'PONG',
    '',
    answered('<base64>aa==</base64>'),
  ]) {
    expect(() => decodeAnswer(text)).toThrow(RpcShapeError);
  }
});

test('a process that cannot be read is left out and counted', () => {
  const rows = readProcessInfos([{ name: 'web' }, 7]);
  expect(rows).toEqual({ rows: [], skipped: 2 });
  expect(() => readProcessInfos('none')).toThrow(ShapeError);
});
