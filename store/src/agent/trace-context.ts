import { randomBytes } from 'node:crypto';

/** A run's place in a trace. Shape and rules: W3C Trace Context, level 1, `traceparent`. */
export interface TraceContext {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits: this attempt. */
  spanId: string;
  /** Who called us, when a context came in. */
  parentSpanId?: string;
  /** Two hex digits: 01 = sampled. */
  flags: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Continues an incoming `traceparent`, or begins a new trace when there is none or it breaks the W3C's rules. */
export function continueTrace(
  incoming: string | undefined,
  random: (bytes: number) => string = randomHex
): TraceContext {
  const [, version, traceId, parentSpanId, flags, rest] = TRACEPARENT.exec(incoming?.trim() ?? '') ?? [];
  const valid =
    traceId !== undefined &&
    parentSpanId !== undefined &&
    version !== 'ff' &&
    !(version === '00' && rest !== undefined) &&
    !/^0+$/.test(traceId) &&
    !/^0+$/.test(parentSpanId);
  return valid
    ? { traceId, parentSpanId, spanId: random(8), flags: flags ?? '00' }
    : { traceId: random(16), spanId: random(8), flags: '01' };
}

/** The next attempt of the same run: same trace, same caller, a span of its own. */
export function nextSpan(trace: TraceContext, random: (bytes: number) => string = randomHex): TraceContext {
  return { ...trace, spanId: random(8) };
}

export function traceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}

/** A run id that sorts by time: a UUID of version 7 (RFC 9562). */
export function newRunId(now: number = Date.now(), random: (bytes: number) => string = randomHex): string {
  const time = Math.floor(now).toString(16).padStart(12, '0');
  const noise = random(10);
  const variant = '89ab'[parseInt(noise.charAt(3), 16) % 4];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${noise.slice(0, 3)}-${variant}${noise.slice(4, 7)}-${noise.slice(7, 19)}`;
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
