import { DEFAULT_HEALTH_SPEC } from '../../../src/health/spec';
import type { ArchiveSettings } from '../archive/archive';

/** What an operator can set, with every default filled in. */
export interface StoreConfig extends ArchiveSettings {
  tokens: { read: readonly string[]; write: readonly string[] };
  limits: Limits;
}

export interface Limits {
  /** Largest body of `POST /api/v1/events`. */
  maxBodyBytes: number;
  /** Events that wait for their commit; beyond it senders are asked to come back. */
  maxQueueBytes: number;
  /** Longest time range of a question. */
  maxRangeMs: number;
  /** Most runs of one page. */
  maxPage: number;
  /** Streams of changes open at once. */
  maxListeners: number;
}

const DAY_MS = 86_400_000;

export const DEFAULT_CONFIG: StoreConfig = {
  tokens: { read: [], write: [] },
  retention: { maxAgeMs: 30 * DAY_MS, maxBytes: 8 * 1024 ** 3 },
  lost: { afterMs: 60_000 },
  health: DEFAULT_HEALTH_SPEC,
  limits: {
    maxBodyBytes: 8 * 1024 ** 2,
    maxQueueBytes: 64 * 1024 ** 2,
    maxRangeMs: 400 * DAY_MS,
    maxPage: 20_000,
    maxListeners: 500,
  },
};
