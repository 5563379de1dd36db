import type { DurationMs, EpochMs } from '../model/units';

/** How long an answer may take before what is shown meanwhile is said to be old: longer than a busy source needs. */
export const PATIENCE_MS: DurationMs = 15_000;

/** That the source does not answer, and up to when its data are good. Absent while it answers. */
export interface Silence {
  /** The data are known to be right up to here; of what came later nothing is known. */
  asOf: EpochMs;
  /** What came instead of an answer, where anything did. */
  why?: unknown;
  /** A request failed, which is an error of the query; else it waits, or live updates are broken off. */
  failed: boolean;
}

/** What is known of how one question and the live updates go. */
export interface Signs {
  /** When the answer that is shown was asked for. */
  askedAt: EpochMs;
  /** When the request that is under way went out. */
  waitingSince: EpochMs | undefined;
  /** Why the last request failed. */
  failure: unknown;
  /** The live updates, where they are followed. */
  feed?: FeedSigns;
}

export interface FeedSigns {
  /** When the source was last heard: a change or a heartbeat. */
  heardAt?: EpochMs;
  /** Since when there is no connection, and why. */
  trouble?: { since: EpochMs; why: unknown };
}

/**
 * Whether what is shown is as old as its answer, and how old. Three things say so: the last request failed, the one under
 * way waits for long, or live updates are broken off and no answer came since. What the live updates did not mention
 * until they were last heard is as it was, unless a newer answer is owed.
 */
export function silenceOf({ askedAt, waitingSince, failure, feed }: Signs, now: EpochMs): Silence | undefined {
  const isLate = waitingSince !== undefined && now - waitingSince > PATIENCE_MS;
  const owes = failure !== undefined || isLate;
  const failed = failure !== undefined;
  const heard = Math.max(askedAt, feed?.heardAt ?? askedAt);
  if (feed?.trouble !== undefined) {
    const { since, why } = feed.trouble;
    const isSilent = owes || heard <= since || now - heard > PATIENCE_MS;
    return isSilent ? { asOf: heard, why: failure ?? why, failed } : undefined;
  }
  // The feed goes on, so the question itself is in trouble: its answer is as old as it is.
  return owes ? { asOf: askedAt, ...(failed ? { why: failure } : {}), failed } : undefined;
}
