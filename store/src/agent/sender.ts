import type { IncomingHttpHeaders } from 'node:http';
import type { DurationMs, EpochMs } from '../../../src/model/units';
import { compareClocks, steadyNow, type RefusedForTime } from './clocks';
import type { StoreAddress } from './store-address';

/** What the store made of a batch. */
export type SendResult =
  /** On its disk. Lines that it found wrong are counted: sending them again would not help. */
  | { kind: 'accepted'; rejected: number; firstReject?: string; forTime?: RefusedForTime }
  /** Not now: away, full, broken or not a task store. The events are kept. */
  | {
      kind: 'later';
      why: string;
      retryAfterMs?: DurationMs;
      timedOut?: boolean;
      tell?: boolean;
      forTime?: RefusedForTime;
    }
  /** This batch will never be taken: too large, or not understood. */
  | { kind: 'refused'; why: string };

export interface Sender {
  /** Never rejects. */
  send(lines: readonly string[], timeoutMs?: DurationMs): Promise<SendResult>;
}

const ANSWER_LIMIT = 64 * 1024;
const DEFAULT_TIMEOUT: DurationMs = 5000;
/** A store that asks for more patience than this is asked again anyway. */
const MOST_PATIENCE: DurationMs = 60_000;

export function createSender(store: StoreAddress): Sender {
  const url = new URL(`${store.url}/api/v1/events`);
  const clocks = compareClocks();
  const ask = async (where: URL, call: HttpCall, timeoutMs: DurationMs): Promise<HttpAnswer> => {
    const askedAt = Date.now();
    const answer = await exchange(where, call, timeoutMs);
    clocks.note(askedAt, Date.now(), answer.headers.date);
    return answer;
  };
  return {
    send: async (lines, timeoutMs = DEFAULT_TIMEOUT) => {
      const giveUpAt = steadyNow() + timeoutMs;
      try {
        if (clocks.aheadMs() === undefined) {
          // Before the first event, or the beginning of a run would be told by another clock than its end.
          await ask(new URL(`${store.url}/healthz`), { method: 'GET', headers: {} }, timeoutMs);
        }
        const body = `${lines.join('\n')}\n`;
        const ahead = clocks.aheadMs() ?? 0;
        const headers = {
          'content-type': 'application/x-ndjson',
          'content-length': String(Buffer.byteLength(body)),
          ...(store.token === undefined ? {} : { authorization: `Bearer ${store.token}` }),
          ...(ahead === 0 ? {} : { 'x-runlane-clock-ahead': String(ahead) }),
        };
        const answer = await ask(url, { method: 'POST', headers, body }, Math.max(1, giveUpAt - steadyNow()));
        return readAnswer(url.origin, answer.status, answer.headers, answer.body);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
        return { kind: 'later', why: `${url.origin} does not answer (${code})`, timedOut: code === 'ETIMEDOUT' };
      }
    },
  };
}

interface HttpCall {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

async function exchange(url: URL, { method, headers, body }: HttpCall, timeoutMs: DurationMs): Promise<HttpAnswer> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers: { 'user-agent': 'runlane-agent', ...headers } }, (response) => {
      let text = '';
      const done = (): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk.slice(0, ANSWER_LIMIT - text.length);
        if (text.length >= ANSWER_LIMIT) {
          done();
          call.destroy();
        }
      });
      response.on('end', done);
      response.on('error', reject);
      response.on('aborted', () => reject(Object.assign(new Error('cut off'), { code: 'ECONNRESET' })));
    });
    // Over the whole exchange: a peer that sends a byte now and then is as good as one that hangs.
    const timer = setTimeout(
      () => call.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
      timeoutMs
    );
    call.on('close', () => clearTimeout(timer));
    call.on('error', reject);
    call.end(body);
  });
}

/** Reads an answer. Only 202 means "on disk"; everything else keeps the events or, where they are at fault, names them. */
export function readAnswer(
  origin: string,
  status: number,
  headers: IncomingHttpHeaders,
  body: string,
  now: EpochMs = Date.now()
): SendResult {
  const said = firstSentence(body);
  const why = `${origin} answered ${status}${said === undefined ? '' : `: ${said}`}`;
  switch (status) {
    case 202:
      return { kind: 'accepted', ...readRejects(body), ...readForTime(body) };
    case 400:
    case 413:
    case 422:
      return { kind: 'refused', why };
    case 401:
    case 403:
      return { kind: 'later', why: `${why}. Set RUNLANE_TOKEN to a token that may write`, tell: true };
    case 408:
    case 429:
    case 503:
      return { kind: 'later', why, retryAfterMs: readRetryAfter(headers['retry-after'], now), ...readForTime(body) };
    default:
      return { kind: 'later', why: status >= 500 ? why : `${why}. Is it a Runlane task store?`, tell: status < 500 };
  }
}

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), kept between 0 and a minute. */
export function readRetryAfter(header: string | undefined, now: EpochMs): DurationMs | undefined {
  if (header === undefined) {
    return undefined;
  }
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(MOST_PATIENCE, Math.max(0, wait)) : undefined;
}

function readRejects(body: string): { rejected: number; firstReject?: string } {
  const answer = parseObject(body);
  const list = Array.isArray(answer?.['rejects']) ? answer['rejects'] : answer?.['rejected'];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  const total = answer?.['rejectedTotal'] ?? answer?.['rejected'];
  const number = typeof total === 'number' ? total : Array.isArray(list) ? list.length : 0;
  const why = typeof first === 'string' ? first : first === undefined ? undefined : JSON.stringify(first);
  return { rejected: number, firstReject: why?.slice(0, 300) };
}

function readForTime(body: string): { forTime?: RefusedForTime } {
  const { ahead, now } = parseObject(body) ?? {};
  return typeof ahead === 'number' && ahead > 0 && typeof now === 'number' ? { forTime: { ahead, storeNow: now } } : {};
}

function firstSentence(body: string): string | undefined {
  const answer = parseObject(body);
  const said = answer?.['message'] ?? answer?.['error'];
  return typeof said === 'string' ? said.slice(0, 200).replace(/\.$/, '') : undefined;
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
