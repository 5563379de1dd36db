import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode } from 'dns-packet';

export interface SrvRecord {
  target: string;
  port: number;
}

/** A name server on loopback that knows SRV records; what it does not know does not exist. */
export interface NameServer {
  /** `127.0.0.1:5353`. */
  address: string;
  records: Map<string, readonly SrvRecord[]>;
  /** Answers "server failure" to whatever it is asked. */
  isBroken: boolean;
  stop(): Promise<void>;
}

const NO_SUCH_NAME = 3;
const SERVER_FAILURE = 2;

export async function startNameServer(): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const server: NameServer = {
    address: `127.0.0.1:${socket.address().port}`,
    records: new Map(),
    isBroken: false,
    stop: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
  socket.on('message', (message, from) => {
    const { id, questions = [] } = decode(message);
    const name = questions[0]?.name ?? '';
    const found = server.records.get(name);
    const failure = server.isBroken ? SERVER_FAILURE : found === undefined ? NO_SUCH_NAME : 0;
    const answer = encode({
      type: 'response',
      ...(id !== undefined && { id }),
      flags: failure,
      questions,
      answers: failure > 0 ? [] : (found ?? []).map((data) => ({ type: 'SRV', name, ttl: 1, data })),
    });
    socket.send(answer, from.port, from.address);
  });
  return server;
}
