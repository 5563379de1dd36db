import type { ResourceSample, RunStrip } from '../model/answer';
import type { Bytes } from '../model/units';

/** Runs of a timeline that get a strip of CPU and memory: the longest ones. */
export const MOST_STRIPS = 100;
const MOST_STRIP_POINTS = 32;

/** What is used at an instant: cores and bytes, as far as measured. */
export interface Use {
  cpuCores: number | undefined;
  rssBytes: Bytes | undefined;
}

/** Cores in use between two samples of CPU time. */
function rate(from: ResourceSample | undefined, to: ResourceSample): number | undefined {
  return from?.cpuSeconds === undefined || to.cpuSeconds === undefined || to.at <= from.at
    ? undefined
    : Math.max(0, ((to.cpuSeconds - from.cpuSeconds) * 1000) / (to.at - from.at));
}

/**
 * What a run used at an instant, by its last two samples up to then.
 *
 * @param samples oldest first, none of them later
 * @returns `undefined` where there is none
 */
export function usageBy(samples: readonly ResourceSample[]): Use | undefined {
  const last = samples.at(-1);
  return last === undefined ? undefined : { cpuCores: rate(samples.at(-2), last), rssBytes: last.rssBytes };
}

/**
 * CPU and memory over the life of one run, at most 32 points.
 *
 * @param samples oldest first
 * @returns `undefined` where there are too few
 */
export function stripOf(samples: readonly ResourceSample[], run: number): RunStrip | undefined {
  if (samples.length < 2) {
    return undefined;
  }
  const strip: RunStrip = { run, at: [], cpuCores: [], rssBytes: [] };
  // Points of equal numbers of samples: the rate over all of them, and the largest memory.
  const size = Math.ceil(samples.length / MOST_STRIP_POINTS);
  let before: ResourceSample | undefined;
  for (let i = 0; i < samples.length; i += size) {
    const some = samples.slice(i, i + size);
    const last = some[some.length - 1]!;
    const bytes = some.flatMap(({ rssBytes }) => rssBytes ?? []);
    strip.at.push(last.at);
    strip.cpuCores.push(rate(before ?? (some.length > 1 ? some[0] : undefined), last) ?? null);
    strip.rssBytes.push(bytes.length === 0 ? null : Math.max(...bytes));
    before = last;
  }
  return strip;
}
