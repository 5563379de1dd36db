import { UseNow } from '../../../src/analysis/resources';
import { usageBy } from '../../../src/analysis/samples';
import type { Use } from '../../../src/analysis/samples';
import type { ResourcesAnswer } from '../../../src/model/answer';
import type { Question } from './question';
import { STATE_NUMBER } from '../archive/word-numbers';
import type { Rows, Segment } from '../archive/columns';
import { SEGMENT_SIZE } from '../archive/columns';
import { liveStateAt } from './view-states';

/** Figures per bucket of one group; NaN where nothing is reported. */
interface Sums {
  cpuMs: Float64Array;
  rss: Float64Array;
  any: boolean;
  now: UseNow;
}

/**
 * CPU and memory per group. Sampled runs count by their samples: CPU time between two samples is spread evenly over the
 * time between, memory is the largest sample of each bucket. Of runs without samples, totals are spread over their life as
 * `resourcesOf` of `analysis/` does.
 */
export function resourcesAnswer(question: Question): ResourcesAnswer {
  const { buckets, groups, groupBy } = question;
  const { rows: reads } = question.columns;
  const { step } = buckets;
  const width = buckets.starts.length;
  const sums = groups.names.map((): Sums => ({
    cpuMs: new Float64Array(width).fill(NaN),
    rss: new Float64Array(width).fill(NaN),
    any: false,
    now: new UseNow(),
  }));
  const place = new Int32Array(SEGMENT_SIZE);
  for (const { segment, rows, group } of question.each()) {
    place.fill(-1);
    rows.forEach((i, k) => {
      place[i] = group[k]!;
      if (liveStateAt(segment, i, buckets.cap) === STATE_NUMBER.running) {
        sums[group[k]!]?.now.add(usageBy(reads.lastSamples(segment.firstId + i, buckets.cap)) ?? totalsOf(segment, i));
      }
    });
    let current = -1;
    let wanted = -1;
    let before = { at: NaN, cpu: NaN };
    let peakBucket = -1;
    let peak = NaN;
    const closeRun = () => {
      closePeak();
      if (wanted >= 0) {
        // What the run used after its last sample.
        const i = current - segment.firstId;
        const until = segment.end[i]! < Infinity ? segment.end[i]! : segment.observed[i]!;
        const rest = segment.cpu[i]! - before.cpu;
        if (rest > 0 && until > before.at) {
          spread(question, sums[wanted]!, sums[wanted]!.cpuMs, before.at, until, rest * 1000);
        }
      }
    };
    const closePeak = () => {
      if (peakBucket >= 0 && peak === peak) {
        addTo(sums[wanted]!.rss, peakBucket, peak);
        sums[wanted]!.any = true;
      }
      peakBucket = -1;
      peak = NaN;
    };
    for (const [run, at, cpu, rss] of question.budget.each(reads.samplesIn(segment))) {
      const i = run - segment.firstId;
      if (run !== current) {
        closeRun();
        current = run;
        wanted = place[i]!;
        // Counted here; the totals of the run must not be spread as well.
        place[i] = -1;
        before = { at: segment.started[i]! === segment.started[i]! ? segment.started[i]! : segment.begin[i]!, cpu: 0 };
      }
      if (wanted < 0) {
        continue;
      }
      if (cpu !== null) {
        if (at > before.at) {
          spread(question, sums[wanted]!, sums[wanted]!.cpuMs, before.at, at, Math.max(0, cpu - before.cpu) * 1000);
        }
        before = { at, cpu };
      }
      const bucket = buckets.of(at);
      if (rss !== null && bucket >= 0 && bucket < buckets.live) {
        if (bucket !== peakBucket) {
          closePeak();
          peakBucket = bucket;
        }
        peak = peak === peak ? Math.max(peak, rss) : rss;
      }
    }
    closeRun();
    for (const i of rows) {
      if (place[i]! >= 0) {
        spreadTotals(question, segment, i, sums[place[i]!]!);
      }
    }
  }
  return {
    view: 'resources',
    groupBy,
    step,
    buckets: buckets.starts,
    series: groups.names.flatMap((group, p) => {
      const { cpuMs, rss, any, now } = sums[p]!;
      return any
        ? [
            {
              group,
              cpuCores: Array.from(cpuMs, (ms) => (ms === ms ? ms / step : null)),
              rssBytes: Array.from(rss, (bytes) => (bytes === bytes ? bytes : null)),
              ...now.answer,
            },
          ]
        : [];
    }),
    ...(groups.omitted !== undefined && { groupsOmitted: groups.omitted }),
  };
}

function addTo(values: Float64Array, i: number, value: number): void {
  const held = values[i]!;
  values[i] = held === held ? held + value : value;
}

/** Spreads an amount evenly over `[from, to)`; what lies outside the buckets is left out. */
function spread(
  { buckets, budget }: Question,
  sums: Sums,
  values: Float64Array,
  from: number,
  to: number,
  amount: number
): void {
  const { step, live } = buckets;
  budget.spend(1 + (Math.min(to, buckets.cap) - from) / step);
  const first = buckets.starts[0]!;
  const perMs = amount / (to - from);
  for (let i = Math.max(0, Math.floor((from - first) / step)); i < live && first + i * step < to; i++) {
    const start = first + i * step;
    const covered = Math.min(to, start + step) - Math.max(from, start);
    if (covered > 0) {
      addTo(values, i, covered * perMs);
      sums.any = true;
    }
  }
}

/** `spread` of `analysis/resources.ts`, on columns. */
function spreadTotals({ buckets, budget }: Question, segment: Segment, i: number, sums: Sums): void {
  const cpu = segment.cpu[i]!;
  const rss = segment.rss[i]!;
  if (cpu !== cpu && rss !== rss) {
    return;
  }
  const { step, live } = buckets;
  const first = buckets.starts[0]!;
  const { from, to } = measuredLife(segment, i);
  budget.spend(1 + (Math.min(to, buckets.cap) - Math.max(from, first)) / step);
  const cores = (cpu * 1000) / (to - from);
  for (let b = Math.max(0, Math.floor((from - first) / step)); b < live && first + b * step < to; b++) {
    const start = first + b * step;
    const covered = Math.min(to, start + step) - Math.max(from, start);
    if (!(covered > 0)) {
      continue;
    }
    sums.any = true;
    if (cores === cores) {
      addTo(sums.cpuMs, b, cores * covered);
    }
    if (rss === rss) {
      addTo(sums.rss, b, rss);
    }
  }
}

/** As in `analysis/resources.ts`. */
function measuredLife(segment: Segment, i: number): { from: number; to: number } {
  const from = segment.started[i]! === segment.started[i]! ? segment.started[i]! : segment.begin[i]!;
  const ended = segment.end[i]!;
  return { from, to: Math.max(from + 1, ended < Infinity ? ended : segment.observed[i]!) };
}

/** What a run without samples uses: its totals over its life. */
function totalsOf(segment: Segment, i: number): Use {
  const { from, to } = measuredLife(segment, i);
  const cores = (segment.cpu[i]! * 1000) / (to - from);
  const rss = segment.rss[i]!;
  return { cpuCores: cores === cores ? cores : undefined, rssBytes: rss === rss ? rss : undefined };
}

/** What runs that run at an instant used then, by their last samples up to it. */
export function latestUse(reads: Rows, ids: readonly number[], at: number): { cpuCores?: number; rssBytes?: number } {
  const now = new UseNow();
  for (const id of ids) {
    now.add(usageBy(reads.lastSamples(id, at)) ?? { cpuCores: undefined, rssBytes: undefined });
  }
  return now.answer.now ?? {};
}
