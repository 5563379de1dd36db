import type { DurationMs, EpochMs } from './units';

/** What a source would tell if it were set up for it. */
export interface Lack {
  /** What is not told, in a few words: `when tasks were sent`. */
  what: string;
  /** The setting that would have it told, as it is written there: `task_send_sent_event = True`. */
  setting: string;
  /** A whole sentence: what was found, and where the setting belongs. */
  message: string;
}

/** How a source fares that the task store collects from. */
export interface SourceStatus {
  /** As the operator named it, and as its runs name their source. */
  name: string;
  /** Id and name of the source system: `flower`, `Celery (Flower)`. */
  system: string;
  systemName: string;
  /** Absent where the system is read on the collector's own machine. */
  url?: string;
  /** The list of the config that has led to it; absent where it is named in `sources`. */
  foundBy?: string;
  /** Since when its list does not name it any more: it is not read, and what it told is kept. */
  goneSince?: EpochMs;
  everyMs: DurationMs;
  /** Whether the last poll was answered in full; absent before the first. */
  up?: boolean;
  lastPollAt?: EpochMs;
  lastGoodAt?: EpochMs;
  /** How far what is kept lies behind the source: everything older is here, as far as the source still knew it. */
  lagMs?: DurationMs;
  /** Attempts that were new or had changed, since the store started; each of their changes counts. */
  collected: number;
  /** Records that could not be read or taken; one that stays in the source counts each time it is read. */
  skipped: number;
  /** Polls in which the source had more than it gave. */
  truncated: number;
  /** Runs that had not ended when the source stopped telling of them. They stay as they were. */
  vanished: number;
  lastError?: { at: EpochMs; kind: string; message: string };
  /** Facts that such a source never tells: `resources`, `traces`. */
  unreported: string[];
  lacks: Lack[];
  /** What the last poll was told to know about its answer. */
  notices: string[];
}

/** How a list fares in which the task store finds sources. */
export interface DiscoveryStatus {
  /** As the operator named it. */
  name: string;
  /** The files, names or objects that it looks at. */
  where: string;
  everyMs: DurationMs;
  /** Whether the last look found a sound list; absent before the first. Of a broken one the last sound one stays in force. */
  up?: boolean;
  lastGoodAt?: EpochMs;
  lastError?: { at: EpochMs; message: string };
  /** Sources that are read because of it. */
  found: number;
  /** What of it is not read and why, in whole sentences. */
  notices: string[];
}

/** What the task store reads by itself. */
export interface CollectedSources {
  sources: SourceStatus[];
  discoveries: DiscoveryStatus[];
}
