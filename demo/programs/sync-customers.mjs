// Runs into a network time-out: asks a server on loopback that takes the connection and never answers.
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { ms: { type: 'string', default: '2500' }, answer: { type: 'boolean' } } });
const patience = Number(values.ms);

const server = createServer((socket) => {
  if (values.answer) {
    setTimeout(() => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'), patience / 2);
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
server.unref();
const { port } = server.address();
try {
  const response = await fetch(`http://127.0.0.1:${port}/customers?since=yesterday`, {
    signal: AbortSignal.timeout(patience),
  });
  process.stdout.write(`synced: ${await response.text()}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(
    `ConnectTimeoutError: GET /customers on 127.0.0.1:${port}: no answer in ${patience} ms (${error.name})\n`
  );
  process.exit(1);
}
