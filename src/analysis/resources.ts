import type { ResourcesAnswer } from '../model/answer';
import { liveStateAt } from '../model/row-life';
import type { RunTable } from '../model/run-table';
import type { EpochMs } from '../model/units';
import { STATE_NUMBER } from '../model/word-numbers';
import type { Part, Question } from './question';
import { usageBy } from './samples';
import type { Use } from './samples';

const BUCKET_BYTES = 32;
/** A sample takes as long as so many steps of other work. */
const SAMPLE_STEPS = 20;

/**
 * CPU and memory per group. Sampled runs count by their samples: CPU time between two is spread evenly over the time
 * between, memory is the largest sample of each bucket. Of runs without samples, CPU time is spread evenly over the running
 * time, and the largest memory stands for all of it: an upper bound, and short peaks of CPU are flattened. `null` where no
 * run of the bucket reports the figure.
 */
export function resourcesOf(question: Question): ResourcesAnswer {
  question.holdPerBucket(BUCKET_BYTES);
  const { buckets, groups, groupBy } = question;
  const { step, starts } = buckets;
  const used = groups.names.map(() => new GroupUse(question));
  for (const part of question.each()) {
    addNow(question, part, used);
    addUse(question, part, used);
  }
  return {
    view: 'resources',
    groupBy,
    step,
    buckets: starts,
    series: groups.names.flatMap((group, place) => {
      const { cpuMs, rss, any, now } = used[place]!;
      const series = {
        group,
        cpuCores: Array.from(cpuMs, (ms) => (ms === ms ? ms / step : null)),
        rssBytes: Array.from(rss, (bytes) => (bytes === bytes ? bytes : null)),
        ...now.answer,
      };
      return any ? [series] : [];
    }),
    ...(groups.omitted !== undefined && { groupsOmitted: groups.omitted }),
  };
}

type UsedNow = NonNullable<ResourcesAnswer['series'][number]['now']>;

/** Adds up what running runs use; what none of them reports stays unknown. */
export class UseNow {
  private readonly sum: UsedNow = {};

  add({ cpuCores, rssBytes }: Use): void {
    if (cpuCores !== undefined) {
      this.sum.cpuCores = (this.sum.cpuCores ?? 0) + cpuCores;
    }
    if (rssBytes !== undefined) {
      this.sum.rssBytes = (this.sum.rssBytes ?? 0) + rssBytes;
    }
  }

  get answer(): { now?: UsedNow } {
    return Object.keys(this.sum).length === 0 ? {} : { now: this.sum };
  }
}

/** Figures per bucket of one group; NaN where nothing is reported. */
class GroupUse {
  readonly cpuMs: Float64Array;
  readonly rss: Float64Array;
  readonly now = new UseNow();
  any = false;

  constructor(private readonly question: Question) {
    const width = question.buckets.starts.length;
    this.cpuMs = new Float64Array(width).fill(NaN);
    this.rss = new Float64Array(width).fill(NaN);
  }

  addPeak(bucket: number, bytes: number): void {
    addTo(this.rss, bucket, bytes);
    this.any = true;
  }

  /** Spreads CPU time evenly over `[from, to)`, and lets memory stand for all of it; NaN for what is not reported. */
  spread(from: EpochMs, to: EpochMs, cpuMs: number, rss: number): void {
    const { buckets, budget } = this.question;
    const { step, live, cap, starts } = buckets;
    const first = starts[0]!;
    budget.spend(1 + Math.max(0, Math.min(to, cap) - Math.max(from, first)) / step);
    const perMs = cpuMs / (to - from);
    for (let i = Math.max(0, Math.floor((from - first) / step)); i < live && first + i * step < to; i++) {
      const start = first + i * step;
      const covered = Math.min(to, start + step) - Math.max(from, start);
      if (covered > 0) {
        this.any = true;
        addTo(this.cpuMs, i, covered * perMs);
        addTo(this.rss, i, rss);
      }
    }
  }
}

function addTo(values: Float64Array, i: number, value: number): void {
  if (value === value) {
    const held = values[i]!;
    values[i] = held === held ? held + value : value;
  }
}

/** What the runs use that run now: by their last samples, else by their totals over their life. */
function addNow({ tables, buckets }: Question, { table, rows, group }: Part, used: readonly GroupUse[]): void {
  for (let k = 0; k < rows.length; k++) {
    const i = rows[k]!;
    if (group[k]! >= 0 && liveStateAt(table, i, buckets.cap) === STATE_NUMBER.running) {
      const latest = usageBy(tables.rows.lastSamples(table.firstId + i, buckets.cap));
      used[group[k]!]!.now.add(latest ?? totalUse(table, i));
    }
  }
}

function addUse(question: Question, { table, rows, group }: Part, used: readonly GroupUse[]): void {
  const { buckets, budget, tables } = question;
  const { firstId } = table;
  const places = new Int32Array(table.length).fill(-1);
  rows.forEach((i, k) => {
    places[i] = group[k]!;
  });
  let sampled: SampledRun | undefined;
  for (const [run, at, cpu, rss] of tables.rows.samplesIn(table)) {
    budget.spend(SAMPLE_STEPS);
    const i = run - firstId;
    if (sampled?.row !== i) {
      sampled?.end();
      sampled = new SampledRun(table, i, used[places[i]!]);
      // Counted here; the totals of the run must not be spread as well.
      places[i] = -1;
    }
    sampled.add(at, cpu, rss, buckets.of(at));
  }
  sampled?.end();
  for (const i of rows) {
    const place = places[i]!;
    const cpu = table.cpu[i]!;
    const rss = table.rss[i]!;
    if (place >= 0 && (cpu === cpu || rss === rss)) {
      const { from, to } = measuredLife(table, i);
      used[place]!.spread(from, to, cpu * 1000, rss);
    }
  }
}

/** A run whose samples come one after the other. */
class SampledRun {
  private before: { at: EpochMs; cpu: number };
  private bucket = -1;
  private peak = NaN;

  /** @param use of its group; absent where the run is not asked about */
  constructor(
    private readonly table: RunTable,
    readonly row: number,
    private readonly use: GroupUse | undefined
  ) {
    this.before = { at: measuredLife(table, row).from, cpu: 0 };
  }

  add(at: EpochMs, cpu: number | null, rss: number | null, bucket: number): void {
    if (cpu !== null) {
      if (at > this.before.at) {
        this.use?.spread(this.before.at, at, Math.max(0, cpu - this.before.cpu) * 1000, NaN);
      }
      this.before = { at, cpu };
    }
    if (rss !== null && bucket >= 0) {
      if (bucket !== this.bucket) {
        this.endBucket();
        this.bucket = bucket;
      }
      this.peak = this.peak === this.peak ? Math.max(this.peak, rss) : rss;
    }
  }

  end(): void {
    this.endBucket();
    // What the run used after its last sample.
    const { at, cpu } = this.before;
    const { to } = measuredLife(this.table, this.row);
    const rest = this.table.cpu[this.row]! - cpu;
    if (rest > 0 && to > at) {
      this.use?.spread(at, to, rest * 1000, NaN);
    }
  }

  private endBucket(): void {
    if (this.peak === this.peak) {
      this.use?.addPeak(this.bucket, this.peak);
    }
    this.peak = NaN;
  }
}

/** The part of its life that a run's totals stand for. What was measured reaches to the last look at it, not to now. */
function measuredLife({ started, begin, end, observed }: RunTable, i: number): { from: EpochMs; to: EpochMs } {
  const from = started[i]! === started[i]! ? started[i]! : begin[i]!;
  return { from, to: Math.max(from + 1, end[i]! < Infinity ? end[i]! : observed[i]!) };
}

/** What a run without samples uses: its totals over its life. */
function totalUse(table: RunTable, i: number): Use {
  const { from, to } = measuredLife(table, i);
  const cores = (table.cpu[i]! * 1000) / (to - from);
  const rss = table.rss[i]!;
  return { cpuCores: cores === cores ? cores : undefined, rssBytes: rss === rss ? rss : undefined };
}
