import type { HttpResponse, HttpWithHeaders } from '../../../src/connectors/connector';
import { ConnectorError } from '../../../src/model/connector-error';
import type { DurationMs } from '../../../src/model/units';
import type { Endpoint } from '../alerts/alerts-config';

export interface NodeHttpOptions {
  endpoint: Endpoint;
  /** Sent as they are, beside what the endpoint asks for. */
  headers?: Readonly<Record<string, string>>;
  /** Id of the source system, in front of every error. */
  system: string;
  /** For one answer, its body included. */
  timeoutMs: DurationMs;
  maxBodyBytes?: number;
  /** The source asked for patience (`Retry-After`). */
  onPatience?: (ms: DurationMs) => void;
}

const MAX_BODY_BYTES = 64 * 1024 ** 2;
const MOST_REDIRECTS = 3;
const MOST_PATIENCE_MS: DurationMs = 3_600_000;

/**
 * The connectors' port by `fetch`. Requests go one after the other: a source has other work than to answer us. It follows
 * redirects to the same origin only, so that neither a question nor a secret goes elsewhere.
 */
export function createNodeHttp(options: NodeHttpOptions): HttpWithHeaders {
  let last: Promise<unknown> = Promise.resolve();
  return (path, init = {}) => {
    const answer = last.then(() => ask(options, path, init));
    last = answer.catch(() => undefined);
    return answer;
  };
}

type Init = NonNullable<Parameters<HttpWithHeaders>[1]>;

async function ask(options: NodeHttpOptions, path: string, init: Init): Promise<HttpResponse> {
  const { endpoint, system, timeoutMs, maxBodyBytes = MAX_BODY_BYTES } = options;
  const { signal, method = 'GET', body } = init;
  signal?.throwIfAborted();
  const where = `${method} ${path.split('?', 1)[0]}`;
  const fail = (kind: 'timeout' | 'unreachable' | 'truncated', rest: string, cause?: unknown) =>
    new ConnectorError(kind, system, `${where} ${rest}`, { cause });
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    let url = new URL(endpoint.url + path);
    for (let followed = 0; ; followed++) {
      const answer = await fetch(url, {
        method,
        redirect: 'manual',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        headers: headersOf(options, init),
        ...(body !== undefined && { body }),
      });
      const location = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null;
      if (location === null) {
        notePatience(answer, options);
        const text = await readUpTo(answer, maxBodyBytes);
        if (text === undefined) {
          throw fail(
            'truncated',
            `answered more than ${Math.round(maxBodyBytes / 1024 ** 2)} MiB, which is not read. See what the source sends there.`
          );
        }
        return { status: answer.status, body: text };
      }
      await answer.body?.cancel();
      const next = new URL(location, url);
      if (next.origin !== url.origin || method !== 'GET' || followed >= MOST_REDIRECTS) {
        throw fail(
          'unreachable',
          `is redirected to ${next.origin}${next.pathname}, which is not followed. If that is the source, set its address as url.`
        );
      }
      url = next;
    }
  } catch (error) {
    if (error instanceof ConnectorError) {
      throw error;
    }
    signal?.throwIfAborted();
    if (timeout.aborted) {
      throw fail(
        'timeout',
        `was not answered within ${timeoutMs / 1000} s. See whether it is busy, or raise timeout.`,
        error
      );
    }
    throw fail('unreachable', sayFailure(error, new URL(endpoint.url)), error);
  }
}

/** What a question says of itself stands before what is sent with all. */
function headersOf({ endpoint: { bearer, basic }, headers }: NodeHttpOptions, init: Init): Headers {
  const authorization =
    bearer !== undefined
      ? `Bearer ${bearer}`
      : basic !== undefined && `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`;
  const sent = new Headers({
    accept: 'application/json',
    'user-agent': 'runlane-store',
    ...(init.body !== undefined && { 'content-type': 'application/json' }),
    ...(authorization !== false && { authorization }),
    ...headers,
  });
  Object.entries(init.headers ?? {}).forEach(([name, value]) => sent.set(name, value));
  return sent;
}

function notePatience({ status, headers }: Response, { onPatience }: NodeHttpOptions): void {
  const header = headers.get('retry-after');
  if (header === null || (status !== 429 && status !== 503)) {
    return;
  }
  // Seconds or a date (RFC 9110 §10.2.3).
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  if (wait > 0) {
    onPatience?.(Math.min(MOST_PATIENCE_MS, wait));
  }
}

/** The body as text, or `undefined` when it is larger than `limit` bytes. */
async function readUpTo(answer: Response, limit: number): Promise<string | undefined> {
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    bytes += value.length;
    if (bytes > limit) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

/** What happened and what to do, for what Node says of connections and certificates. */
function sayFailure(error: unknown, { host, hostname }: URL): string {
  const code = codeOf(error);
  switch (code) {
    case 'ECONNREFUSED':
      return `was refused: nothing listens at ${host}. Check that it runs there.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `got no answer: no address is known for ${hostname} (${code}). Check url, and the name server of this machine.`;
    case 'CERT_HAS_EXPIRED':
      return `got no answer: the certificate of ${host} has expired. Renew it there.`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `got no answer: the certificate of ${host} is for another name. Use its name in url.`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `got no answer: the certificate of ${host} is not trusted (${code}). Name the file of its authority in NODE_EXTRA_CA_CERTS and start again.`;
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `got no answer: ${host} does not speak TLS. Begin url with http://.`;
    default:
      return `got no answer from ${host} (${code}). Check that it runs there and can be reached from here.`;
  }
}

function codeOf(error: unknown): string {
  const { cause, message = String(error) } = (error ?? {}) as { cause?: unknown; message?: string };
  const { code, message: why = message } = (cause ?? {}) as { code?: unknown; message?: string };
  return typeof code === 'string' ? code : why;
}
