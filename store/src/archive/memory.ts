import { isAliveIn } from '../../../src/model/lifetime';
import type { ResourceSample, RunDetail } from '../../../src/model/answer';
import type { TimeRange } from '../../../src/model/task-query';
import { isTerminal } from '../../../src/model/lifecycle';
import { beganAt, runKey } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import type { ArchiveSize, ChangePage, RetentionConfig } from './archive';
import { Budget } from './budget';
import { MOST_SAMPLES } from './engine';
import type {
  ChangedRun,
  Engine,
  KeptRun,
  ReadPort,
  RecalledRun,
  RetentionListener,
  Sample,
  ScannedRun,
  WritePort,
} from './engine';
import { partsOfKey } from './run-key';

/** A run with everything that is kept of it. */
interface MemoryRun extends KeptRun {
  text: string;
  change: number;
  /** Oldest first. */
  samples: ResourceSample[];
}

/** What a run takes beside its text, more or less. */
const RUN_BYTES = 500;

/** Runs in memory, in the order in which they changed. */
class MemoryRuns {
  readonly byKey = new Map<string, MemoryRun>();
  readonly attempts = new Map<string, Set<number>>();
  readonly schedules = new Map<string, EpochMs>();
  bytes = 0;
  cursor = 0;
  age: EpochMs | undefined;

  put(run: MemoryRun): void {
    const key = runKey(run.record.run);
    this.remove(key);
    this.byKey.set(key, run);
    this.bytes += run.text.length + RUN_BYTES;
    const { source, runId, attempt } = run.record.run;
    const attempts = this.attempts.get(`${source}\n${runId}`) ?? new Set();
    this.attempts.set(`${source}\n${runId}`, attempts.add(attempt));
  }

  remove(key: string): void {
    const run = this.byKey.get(key);
    if (run === undefined) {
      return;
    }
    const { source, runId, attempt } = run.record.run;
    const attempts = this.attempts.get(`${source}\n${runId}`);
    attempts?.delete(attempt);
    if (attempts?.size === 0) {
      this.attempts.delete(`${source}\n${runId}`);
    }
    this.byKey.delete(key);
    this.bytes -= run.text.length + RUN_BYTES;
  }
}

/** An engine that keeps an archive in memory, for as long as the engine is held: the simplest one that passes the contract. */
export function openMemory(): Engine {
  const runs = new MemoryRuns();
  return { writes: new MemoryWrites(runs), reads: new MemoryReads(runs) };
}

class MemoryWrites implements WritePort {
  private nextId = 1;

  constructor(private readonly runs: MemoryRuns) {}

  get cursor(): number {
    return this.runs.cursor;
  }

  load(key: string): KeptRun | undefined {
    return this.runs.byKey.get(key);
  }

  attempts(source: string, runId: string): number[] {
    return [...(this.runs.attempts.get(`${source}\n${runId}`) ?? [])];
  }

  commit(changed: readonly ChangedRun[], samples: ReadonlyArray<Sample & { of: ChangedRun }>): string[] {
    const texts = changed.map((run) => {
      const text = JSON.stringify(run.record.run);
      if (run.written === undefined) {
        run.id = this.nextId++;
      }
      const { id, record, beats } = run;
      const known = this.runs.byKey.get(runKey(record.run))?.samples ?? [];
      this.runs.put({ id, record, beats, text, change: ++this.runs.cursor, samples: known });
      return text;
    });
    for (const { of, at, cpu, rss } of samples) {
      const kept = this.runs.byKey.get(runKey(of.record.run));
      if (kept !== undefined) {
        kept.samples = withSample(kept.samples, {
          at,
          ...(cpu !== null && { cpuSeconds: cpu }),
          ...(rss !== null && { rssBytes: rss }),
        });
      }
    }
    return texts;
  }

  prune({ maxAgeMs, maxBytes }: RetentionConfig, age: EpochMs, listener: RetentionListener): boolean {
    const remove = ({ id, record }: MemoryRun): void => {
      this.runs.remove(runKey(record.run));
      listener.deleted(id, record.run);
    };
    const all = [...this.runs.byKey.values()];
    all.filter(({ record }) => record.run.observedAt < age - maxAgeMs).forEach(remove);
    if (this.runs.bytes > maxBytes) {
      const ended = [...this.runs.byKey.values()].filter(({ record }) => isTerminal(record.run.state));
      for (const run of ended.sort((a, b) => a.id - b.id)) {
        if (this.runs.bytes <= maxBytes) {
          break;
        }
        remove(run);
      }
    }
    return false;
  }

  *recall(): Generator<RecalledRun> {
    const all = [...this.runs.byKey.values()].sort((a, b) => a.id - b.id);
    for (const { id, record } of all) {
      if (isTerminal(record.run.state)) {
        yield { id, run: record.run, beats: false, samples: [] };
      }
    }
    for (const { id, record, beats, samples } of all) {
      if (record.run.state === 'pending' || record.run.state === 'running') {
        const last = record.run.state === 'running' ? samples.slice(-2) : [];
        yield {
          id,
          run: record.run,
          beats,
          samples: last.map(({ at, cpuSeconds, rssBytes }) => ({ at, cpu: cpuSeconds ?? null, rss: rssBytes ?? null })),
        };
      }
    }
  }

  age(): EpochMs | undefined {
    const seen = [...this.runs.byKey.values()].map(({ record }) => record.run.observedAt);
    return this.runs.age ?? (seen.length === 0 ? undefined : seen.reduce((a, b) => Math.max(a, b)));
  }

  noteAge(age: EpochMs): void {
    this.runs.age = age;
  }

  schedules(): ReadonlyMap<string, EpochMs> {
    return this.runs.schedules;
  }

  noteSchedules(gone: readonly string[], fresh: readonly string[], since: EpochMs): void {
    gone.forEach((key) => this.runs.schedules.delete(key));
    fresh.forEach((key) => this.runs.schedules.set(key, since));
  }

  tidy(): void {
    // Nothing lies about in memory.
  }

  close(): void {
    // Who holds the engine may open the archive again.
  }
}

class MemoryReads implements ReadPort {
  readonly budget = new Budget();
  readonly scan = { alive: (range: TimeRange) => this.alive(range) };

  constructor(private readonly runs: MemoryRuns) {}

  snapshot<T>(work: () => T): T {
    return work();
  }

  run(key: string): string | undefined {
    const kept = this.runs.byKey.get(runKey(partsOfKey(key)));
    if (kept === undefined) {
      return undefined;
    }
    const { run, transitions, conflicts } = kept.record;
    return JSON.stringify({ run, transitions: [...transitions], conflicts, samples: kept.samples } satisfies RunDetail);
  }

  changes(cursor: number, limit: number): ChangePage {
    const changed = [...this.runs.byKey.values()].filter(({ change }) => change > cursor);
    const page = changed.slice(0, limit);
    return {
      cursor: page.at(-1)?.change ?? cursor,
      runs: page.map(({ text }) => text),
      more: changed.length > page.length,
    };
  }

  size(): ArchiveSize {
    const newest = [...this.runs.byKey.values()].at(-1);
    return { attempts: this.runs.byKey.size, bytes: this.runs.bytes, cursor: newest?.change ?? 0 };
  }

  oldestAt(): EpochMs | undefined {
    const began = [...this.runs.byKey.values()].map(({ record }) => beganAt(record.run));
    return began.length === 0 ? undefined : began.reduce((a, b) => Math.min(a, b));
  }

  schedules(): ReadonlyMap<string, EpochMs> {
    return this.runs.schedules;
  }

  close(): void {
    // As for who writes.
  }

  private *alive(range: TimeRange): Generator<ScannedRun> {
    for (const run of this.runs.byKey.values()) {
      if (isAliveIn(run.record.run, range)) {
        yield run;
      }
    }
  }
}

/** With one sample more, in order; of a long run every second one goes, and the newest stays. */
function withSample(samples: ResourceSample[], sample: ResourceSample): ResourceSample[] {
  if (samples.some(({ at }) => at === sample.at)) {
    return samples;
  }
  const last = samples.at(-1);
  const all = [...samples, sample];
  if (last !== undefined && sample.at < last.at) {
    all.sort((a, b) => a.at - b.at);
  }
  return all.length > MOST_SAMPLES ? all.filter((_, i) => (all.length - i) % 2 === 1) : all;
}
