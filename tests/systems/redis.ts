import { connect } from 'node:net';
import { freePort } from './free-ports';
import type { Certificate } from './certificate';
import { installDebian } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

export interface RedisOptions {
  /** That everybody needs. */
  password?: string;
  /** It speaks TLS only. */
  certificate?: Certificate;
}

/** Debian's Redis, in memory only. `url` is what Celery calls a broker URL. */
export async function startRedis({ password, certificate }: RedisOptions = {}): Promise<Launched> {
  await installDebian({ '/usr/bin/redis-server': 'redis-server' });
  const port = await freePort();
  const listening =
    certificate === undefined
      ? ['--port', String(port)]
      : [
          ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
          ['--tls-cert-file', certificate.certFile, '--tls-key-file', certificate.keyFile],
        ].flat();
  const passwordOf = password === undefined ? [] : ['--requirepass', password];
  return launch({
    name: 'Redis',
    command: '/usr/bin/redis-server',
    args: [...listening, ...passwordOf, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    url: `${certificate === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}/0`,
    ready: ({ said }) =>
      certificate === undefined ? answersPing(port) : said().includes('Ready to accept connections'),
    folder: temporaryFolder('redis'),
  });
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.on('error', () => answer(false));
    socket.on('data', (data) => {
      socket.destroy();
      answer(/^(\+PONG|-NOAUTH)/.test(data.toString()));
    });
  });
}
