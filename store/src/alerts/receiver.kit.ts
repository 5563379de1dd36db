import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | 'hang';

/** A real HTTP server on loopback that remembers what it was sent and answers as it is told to. */
export class ReceiverUnderTest {
  readonly received: Received[] = [];
  answer: (request: Received) => Answer = () => ({});
  readonly port: number;
  private readonly waiting: Array<() => void> = [];

  private constructor(private readonly server: Server) {
    this.port = (server.address() as AddressInfo).port;
  }

  static async listen(port = 0): Promise<ReceiverUnderTest> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const receiver = new ReceiverUnderTest(server);
    server.on('request', (request, response) => {
      let text = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const received = { method, url, headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
        receiver.received.push(received);
        const answer = receiver.answer(received);
        if (answer !== 'hang') {
          response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
          response.end(JSON.stringify(answer.body ?? {}));
        }
        receiver.waiting.forEach((look) => look());
      });
    });
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves once `holds` does, which is looked at after every request. */
  async until(holds: (received: readonly Received[]) => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (holds(this.received)) {
          resolve();
        }
      };
      this.waiting.push(look);
      look();
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
