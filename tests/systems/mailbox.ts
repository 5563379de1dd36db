import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { System } from './system';

export interface Mailbox extends System {
  /** `127.0.0.1:2525`. */
  address: string;
  /** What arrived, oldest first: source text of each mail, and whom it is for. */
  readonly received: Array<{ to: string[]; text: string }>;
}

/** The test's own mail server: takes every mail, wants no password and no TLS. */
export async function startMailbox(): Promise<Mailbox> {
  const received: Mailbox['received'] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        received.push({ to, text: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens));
  const address = `127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  return {
    url: `smtp://${address}`,
    pid: process.pid,
    address,
    received,
    stop: () => new Promise((closed) => server.close(closed)),
  };
}
