// Succeeds quickly. With --refuse it connects to a loopback port on which nobody listens: a real ECONNREFUSED.
import { connect, createServer } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { ms: { type: 'string', default: '300' }, refuse: { type: 'boolean' } } });

await new Promise((resolve) => setTimeout(resolve, Number(values.ms)));
if (values.refuse) {
  const port = await unusedPort();
  await new Promise((resolve, reject) => connect(port, '127.0.0.1', resolve).on('error', reject));
}
process.stdout.write('sent\n');

/** A port that was free a moment ago. */
function unusedPort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
