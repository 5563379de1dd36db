import { request as requestHttp } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { ConnectorError } from '../../../../src/model/connector-error';
import type { SourceAccess } from '../collected-system';
import { saySocketFailure } from '../socket-failure';
import { decodeAnswer, encodeCall, RpcShapeError } from './xml-rpc';
import type { RpcAnswer } from './xml-rpc';

/** Asks Supervisor one thing. @throws ConnectorError when there is no answer */
export type Rpc = (
  method: string,
  parameters: ReadonlyArray<number | string>,
  signal: AbortSignal
) => Promise<RpcAnswer>;

const ID = 'supervisor';
const MAX_BODY_BYTES = 32 * 1024 ** 2;

/** @param access with an address: `http://host:9001`, or `unix:///run/supervisor.sock` */
export function createRpc({ endpoint, headers, timeoutMs }: SourceAccess): Rpc {
  const url = new URL(endpoint?.url ?? '');
  const isSocket = url.protocol === 'unix:';
  const socketPath = decodeURIComponent(url.pathname);
  const where = isSocket ? socketPath : url.host;
  const { bearer, basic } = endpoint ?? {};
  const authorization =
    bearer !== undefined
      ? `Bearer ${bearer}`
      : basic !== undefined && `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`;
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'text/xml',
      'user-agent': 'runlane-store',
      ...(authorization !== false && { authorization }),
      ...headers,
    },
    ...(isSocket
      ? { socketPath, path: '/RPC2', host: 'localhost' }
      : { host: url.hostname, port: url.port, path: url.pathname === '/' ? '/RPC2' : url.pathname }),
  };

  return async (method, parameters, signal) => {
    const fail = (kind: ConstructorParameters<typeof ConnectorError>[0], rest: string, cause?: unknown) =>
      new ConnectorError(kind, ID, rest, { cause });
    signal.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    let status: number;
    let body: string | undefined;
    try {
      ({ status, body } = await new Promise<{ status: number; body: string | undefined }>((resolve, reject) => {
        const asking = request({ ...options, signal: AbortSignal.any([signal, timeout]) }, (answer) => {
          readUpTo(answer, MAX_BODY_BYTES).then(
            (text) => resolve({ status: answer.statusCode ?? 0, body: text }),
            reject
          );
        });
        asking.on('error', reject);
        asking.end(encodeCall(method, parameters));
      }));
    } catch (error) {
      signal.throwIfAborted();
      const code = String((error as NodeJS.ErrnoException).code ?? error);
      if (timeout.aborted) {
        throw fail(
          'timeout',
          `${method} was not answered within ${timeoutMs / 1000} s. Raise timeout, or see whether supervisord is busy.`,
          error
        );
      }
      if (isSocket && code !== 'ECONNRESET' && !code.startsWith('HPE_')) {
        const remedy =
          'Add its user to that group and set chown and chmod = 0770 in [unix_http_server], or run it as that user.';
        throw fail('unreachable', saySocketFailure(code, socketPath, 'supervisord', remedy), error);
      }
      throw code.startsWith('HPE_')
        ? fail(
            'unexpected-shape',
            `What listens at ${where} does not speak HTTP (${code}), so it is not Supervisor. Check url.`,
            error
          )
        : fail(
            'unreachable',
            `${where} does not answer ${method} (${code}). Check that supervisord runs there and has an [inet_http_server] that can be reached from here.`,
            error
          );
    }
    if (status === 401 || status === 403) {
      throw fail(
        'unauthorised',
        `${where} answered ${status}. Set user and passwordEnv as in its [${isSocket ? 'unix' : 'inet'}_http_server].`
      );
    }
    if (status !== 200) {
      throw fail(
        'unexpected-shape',
        `${where} answered ${status} to ${method}. Check that it is Supervisor's address, and see its main log.`
      );
    }
    if (body === undefined) {
      throw fail('truncated', `${method} answered more than ${MAX_BODY_BYTES / 1024 ** 2} MiB, which is not read.`);
    }
    try {
      return decodeAnswer(body);
    } catch (error) {
      if (!(error instanceof RpcShapeError)) {
        throw error;
      }
      throw fail(
        'unexpected-shape',
        `What ${where} answers to ${method} is not XML-RPC, or was cut: ${error.message}. Check that it is Supervisor's address.`,
        error
      );
    }
  };
}

/** The body as text, or `undefined` when it is larger. @throws when it ends before its end */
async function readUpTo(answer: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) {
      answer.destroy();
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
