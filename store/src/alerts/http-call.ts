import type { Endpoint } from './alerts-config';
import { DeliveryError } from './delivery-error';

/** Longest answer that is read. */
const ANSWER_LIMIT = 256 * 1024;
const MOST_PATIENCE_MS = 600_000;

export interface HttpAnswer {
  status: number;
  body: string;
}

export interface HttpCall {
  /** Appended to the endpoint's address. */
  path?: string;
  /** Added to the query of the address. */
  query?: Readonly<Record<string, string>>;
  method?: 'GET' | 'POST' | 'PUT';
  body?: unknown;
  /** Statuses beyond 2xx that the caller deals with. */
  expected?: readonly number[];
  signal: AbortSignal;
}

/**
 * One JSON call.
 *
 * @throws DeliveryError that names the host and what it answered, nothing else: addresses of robots hold their key.
 */
export async function httpCall(endpoint: Endpoint, call: HttpCall): Promise<HttpAnswer> {
  const { path = '', query = {}, method = 'POST', body, expected = [], signal } = call;
  const url = new URL(endpoint.url + path);
  for (const [name, value] of Object.entries(query)) {
    url.searchParams.set(name, value);
  }
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, {
      method,
      redirect: 'manual',
      signal,
      headers: {
        'user-agent': 'runlane-store',
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...authorisationOf(endpoint),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    text = await readUpTo(answer, ANSWER_LIMIT);
  } catch (error) {
    throw new DeliveryError(`${url.host} does not answer (${signal.aborted ? 'timeout' : codeOf(error)})`, true);
  }
  if (answer.ok || expected.includes(answer.status)) {
    return { status: answer.status, body: text };
  }
  // These say that the content is at fault: it will not be taken later either.
  const retry = ![400, 413, 422].includes(answer.status);
  throw new DeliveryError(
    `${url.host} answered ${answer.status}`,
    retry,
    retryAfterOf(answer.headers.get('retry-after'))
  );
}

function authorisationOf({ bearer, basic, url }: Endpoint): Record<string, string> {
  const { username, password } = new URL(url);
  if (bearer !== undefined) {
    return { authorization: `Bearer ${bearer}` };
  }
  const pair =
    basic !== undefined
      ? `${basic.user}:${basic.password}`
      : username !== ''
        ? `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
        : undefined;
  return pair === undefined ? {} : { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

async function readUpTo(answer: Response, limit: number): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  const reader = answer.body?.getReader();
  while (reader !== undefined && text.length <= limit) {
    const { done, value } = await reader.read();
    if (done) {
      return text;
    }
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return text;
}

function codeOf(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'connection failed';
}

function retryAfterOf(header: string | null): number | undefined {
  const seconds = header === null ? NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(MOST_PATIENCE_MS, seconds * 1_000) : undefined;
}
