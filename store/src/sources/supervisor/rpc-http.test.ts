import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saySocketFailure } from '../socket-failure';
import { createRpc } from './rpc-http';

let folder: string;
let servers: Server[] = [];
const signal = new AbortController().signal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-rpc-'));
});

afterEach(async () => {
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  servers = [];
  rmSync(folder, { recursive: true });
});

const path = () => join(folder, 'supervisor.sock');

async function listen(server: Server): Promise<void> {
  servers.push(server);
  server.listen(path());
  await once(server, 'listening');
}

/** Something that answers with these bytes and hangs up. */
function saying(text: string): Promise<void> {
  return listen(createServer((socket: Socket) => socket.once('data', () => socket.end(text))));
}

const ask = (timeoutMs = 5_000) =>
  createRpc({
    endpoint: { url: `unix://${path()}`, basic: { user: 'ops', password: 's3cret' } },
    headers: {},
    timeoutMs,
    settings: {},
  })('supervisor.getAPIVersion', [], signal);

test('user and password go with each question, through the socket', async () => {
  const heard: unknown[] = [];
  await listen(
    createHttpServer((request, response) => {
      heard.push([request.method, request.url, request.headers.authorization]);
      response.end('<methodResponse><params><param><value>3.0</value></param></params></methodResponse>');
    })
  );
  expect(await ask()).toEqual({ value: '3.0' });
  expect(heard).toEqual([['POST', '/RPC2', `Basic ${Buffer.from('ops:s3cret').toString('base64')}`]]);
});

test('a socket that is not there, is left behind, or is none, is one clear error', async () => {
  await expect(ask()).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('There is no socket'),
  });
  writeFileSync(path(), '');
  await expect(ask()).rejects.toMatchObject({ kind: 'unreachable', message: expect.stringContaining(path()) });
});

test('who may not use the socket is told whose it is and what to set', () => {
  expect(saySocketFailure('EACCES', '/etc/passwd', 'supervisord', 'Set chmod.')).toMatch(
    /^The socket \/etc\/passwd belongs to root:root \(mode 644\) and may not be used by \S+\. Set chmod\.$/
  );
});

test("another program's socket, a wrong password, a cut answer and silence are told apart, without the password", async () => {
  const http = (status: string, body: string, length = body.length) =>
    `HTTP/1.1 ${status}\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n${body}`;
  const answers: Array<[text: string, kind: string, part: string]> = [
    ['-ERR unknown command\r\n', 'unexpected-shape', 'does not speak HTTP'],
    [http('401 Unauthorized', ''), 'unauthorised', 'Set user and passwordEnv as in its [unix_http_server]'],
    [http('404 Not Found', ''), 'unexpected-shape', 'answered 404'],
    [http('200 OK', '<html><body>Welcome</body></html>'), 'unexpected-shape', 'is not XML-RPC'],
    [http('200 OK', '<methodResponse><params><par'), 'unexpected-shape', 'or was cut'],
    [http('200 OK', '<methodResponse>', 5_000), 'unreachable', 'getAPIVersion'],
  ];
  for (const [text, kind, part] of answers) {
    await saying(text);
    const error: Error = await ask().then(
      () => new Error('answered'),
      (failure: Error) => failure
    );
    expect(error).toMatchObject({ kind, message: expect.stringContaining(part) });
    expect(error.message).not.toContain('s3cret');
    await new Promise((closed) => servers.pop()?.close(closed));
    rmSync(path(), { force: true });
  }
  let held: Socket | undefined;
  await listen(createServer((socket) => void (held = socket)));
  await expect(ask(50)).rejects.toMatchObject({ kind: 'timeout' });
  held?.destroy();
});
