import { connect } from 'node:net';
import { freePort } from './free-ports';
import { installDebian } from './install';
import { launch, stopAll, temporaryFolder } from './system';
import type { Launched, System } from './system';

/**
 * Debian's RabbitMQ with a port mapper of its own, so that nothing is left behind when both are ended. `url` is what Celery
 * calls a broker URL; the user is guest. `port` starts it where one was before.
 */
export async function startRabbitMq({ port: given, data }: { port?: number; data?: string } = {}): Promise<System> {
  await installDebian({ '/usr/lib/rabbitmq/bin/rabbitmq-server': 'rabbitmq-server' });
  const [port, mapperPort, peerPort] = [given ?? (await freePort()), await freePort(), await freePort()];
  const mapper = await launch({
    name: "Erlang's port mapper",
    command: '/usr/bin/epmd',
    args: ['-port', String(mapperPort), '-address', '127.0.0.1'],
    url: `tcp://127.0.0.1:${mapperPort}`,
    ready: () => answers(mapperPort, ''),
  });
  let server: Launched;
  try {
    const folder = temporaryFolder('rabbitmq');
    const kept = data ?? folder;
    server = await launch({
      name: 'RabbitMQ',
      command: '/usr/lib/rabbitmq/bin/rabbitmq-server',
      args: [],
      url: `amqp://guest:guest@127.0.0.1:${port}//`,
      ready: () => answers(port, 'AMQP\0\0\x09\x01'),
      env: {
        HOME: kept,
        ERL_EPMD_PORT: String(mapperPort),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        RABBITMQ_NODENAME: 'runlane@localhost',
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(peerPort),
        RABBITMQ_MNESIA_BASE: kept,
        RABBITMQ_LOG_BASE: kept,
        RABBITMQ_LOGS: '-',
        RABBITMQ_ENABLED_PLUGINS_FILE: `${kept}/plugins`,
        RABBITMQ_CONFIG_FILE: `${kept}/none`,
        // Two schedulers: more spin on a small machine.
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 +sbwt none',
      },
      folder,
    });
  } catch (error) {
    await mapper.stop();
    throw error;
  }
  return { url: server.url, pid: server.pid, stop: () => stopAll([server, mapper]) };
}

/** Whether the port speaks: a server of AMQP answers its header with a method frame. */
function answers(port: number, hello: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1', () => (hello === '' ? done(true) : socket.write(hello, 'latin1')));
    const done = (is: boolean) => {
      socket.destroy();
      answer(is);
    };
    socket.on('error', () => done(false));
    socket.on('close', () => done(false));
    socket.on('data', () => done(true));
  });
}
