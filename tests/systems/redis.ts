import { connect } from 'node:net';
import { freePort } from './free-ports';
import { installDebian } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

/** Debian's Redis, in memory only. `url` is what Celery calls a broker URL. */
export async function startRedis(): Promise<Launched> {
  await installDebian({ '/usr/bin/redis-server': 'redis-server' });
  const port = await freePort();
  return launch({
    name: 'Redis',
    command: '/usr/bin/redis-server',
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    url: `redis://127.0.0.1:${port}/0`,
    ready: () => answersPing(port),
    folder: temporaryFolder('redis'),
  });
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.on('error', () => answer(false));
    socket.on('data', (data) => {
      socket.destroy();
      answer(data.toString().startsWith('+PONG'));
    });
  });
}
