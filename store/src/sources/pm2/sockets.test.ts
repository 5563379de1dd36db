import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrame } from './frames';
import { askDaemon, Bus } from './sockets';

let folder: string;
let server: Server | undefined;
const signal = new AbortController().signal;
const path = () => join(folder, 'rpc.sock');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-pm2-'));
});

afterEach(async () => {
  await new Promise((closed) => (server === undefined ? closed(0) : server.close(closed)));
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function serve(onConnection: (socket: Socket) => void): Promise<void> {
  await new Promise((closed) => (server === undefined ? closed(0) : server.close(closed)));
  server = createServer(onConnection);
  server.listen(path());
  await once(server, 'listening');
}

const ask = (timeoutMs = 5_000) => askDaemon(path(), 'getMonitorData', { timeoutMs, signal });

test('a question has one answer', async () => {
  await serve((socket) => socket.once('data', () => socket.write(encodeFrame([{ args: [[{ a: 1 }]] }, '1']))));
  expect(await ask()).toEqual([{ a: 1 }]);
});

test('a socket that is not there, answers of others, silence and a cut answer are one clear error each', async () => {
  await expect(ask()).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('There is no socket'),
  });
  const cases: Array<[answer: (socket: Socket) => void, kind: string, part: string]> = [
    [(socket) => socket.end('-ERR unknown command\r\n'), 'unexpected-shape', 'does not speak as PM2'],
    [
      (socket) => socket.end(encodeFrame([{ error: 'method does not exist' }, '1'])),
      'unexpected-shape',
      'method does not exist',
    ],
    [(socket) => socket.end(encodeFrame([{ args: [1] }, '1']).subarray(0, 8)), 'unreachable', 'before it had answered'],
    [() => undefined, 'timeout', 'raise timeout'],
  ];
  for (const [answer, kind, part] of cases) {
    const open: Socket[] = [];
    await serve((socket) => {
      open.push(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    });
    await expect(ask(kind === 'timeout' ? 50 : 5_000)).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(new RegExp(part, 'i')),
    });
    open.forEach((socket) => socket.destroy());
  }
});

test('what the bus says is handed on until it ends, and then its end', async () => {
  const started = { name: 'web', pm_id: 0, status: 'online', pm_uptime: 1_796_000_000_000 };
  await serve((socket) => {
    socket.write(encodeFrame(['log:out', { data: 'x' }]));
    socket.write(encodeFrame(['process:event', { event: 'online' }]));
    socket.end(encodeFrame(['process:event', { event: 'online', at: 1_796_000_000_100, process: started }]));
  });
  const bus = await Bus.connect(path(), 5_000);
  const heard: unknown[] = [];
  let skipped = 0;
  await expect(
    (async () => {
      for (;;) {
        await bus.wait(5_000, signal);
        const taken = bus.take();
        heard.push(...taken.messages);
        skipped += taken.skipped;
      }
    })()
  ).rejects.toMatchObject({ kind: 'unreachable', message: expect.stringContaining("PM2's daemon has ended") });
  expect(heard).toMatchObject([{ what: 'event', event: 'online', process: { name: 'web', id: 0 } }]);
  expect(skipped).toBe(1);
});
