import { ThresholdsMode } from '@grafana/data';
import type { FieldConfig } from '@grafana/data';
import type { DurationsAnswer, ThroughputAnswer } from '../model/answer';
import type { DurationMs } from '../model/units';

/** The figures that Runlane was asked to watch first; one switch away from the learned ones. */
export const FIXED_CEILING_MS: DurationMs = 500;
export const FIXED_FLOOR_PER_SECOND = 1000;

/** A duration may be this many times the usual, and this much more, before it is above its ceiling: as in the score and the rule. */
const CEILING_FACTOR = 2;
const CEILING_SLACK_MS: DurationMs = 100;
/** Throughput may fall to this share of the quietest hour before it is below its floor. */
const FLOOR_SHARE = 0.5;
/** Fewer completed runs give no idea of what is usual. */
const LEAST_RUNS = 20;
/** Fewer hours with data give no idea of how quiet it can be. */
const LEAST_HOURS = 3;

/** What values are held to: a ceiling that they should stay below, or a floor that they should stay above. */
export interface Limits {
  is: 'learned' | 'fixed';
  /** The limit of a group, in ms or per second; `undefined` where too little is known. */
  of(group: string): number | undefined;
}

export function fixedLimits(view: 'durations' | 'throughput'): Limits {
  return { is: 'fixed', of: () => (view === 'durations' ? FIXED_CEILING_MS : FIXED_FLOOR_PER_SECOND) };
}

/**
 * Ceilings from the hours before the range: twice the usual P99 and 100 ms, where the usual is the middle of the hourly
 * P99s. The middle, so that one bad hour does not become what is allowed.
 */
export function learnedCeilings({ series }: DurationsAnswer): Limits {
  const ceilings = new Map<string, number>();
  for (const { group, what, p99, count } of series) {
    const hours = p99.filter((value): value is number => value !== null).sort((a, b) => a - b);
    const runs = count.reduce((sum, hour) => sum + hour, 0);
    const middle = hours[Math.floor(hours.length / 2)];
    if (what === 'duration' && middle !== undefined && runs >= LEAST_RUNS) {
      ceilings.set(group, CEILING_FACTOR * middle + CEILING_SLACK_MS);
    }
  }
  return { is: 'learned', of: (group) => ceilings.get(group) };
}

/**
 * Floors from the hours before the range: half of the quietest hour since something was first seen to end. What rests
 * for an hour has no floor.
 */
export function learnedFloors({ series, step }: ThroughputAnswer): Limits {
  const ended = new Map<string, Array<number | null>>();
  for (const { group, what, values } of series) {
    if (what !== 'created' && what !== 'started') {
      const sum = ended.get(group) ?? values.map(() => null);
      ended.set(
        group,
        sum.map((before, i) => (values[i] == null ? before : (before ?? 0) + values[i]))
      );
    }
  }
  const floors = new Map<string, number>();
  for (const [group, counts] of ended) {
    const first = counts.findIndex((count) => count !== null && count > 0);
    // The first hour with data may be one that began in its middle.
    const hours = first < 0 ? [] : counts.slice(first + 1).map((count) => count ?? 0);
    const quietest = Math.min(...hours);
    if (hours.length >= LEAST_HOURS && quietest > 0) {
      floors.set(group, (FLOOR_SHARE * quietest) / (step / 1000));
    }
  }
  return { is: 'learned', of: (group) => floors.get(group) };
}

/** Above a ceiling a value is red; without one it is no news. */
export function ceilingConfig(limit: number | undefined): FieldConfig {
  return thresholds('text', limit === undefined ? [] : [[limit, 'red']]);
}

/** Below a floor a value is red; without one it is no news. */
export function floorConfig(limit: number | undefined): FieldConfig {
  return limit === undefined ? thresholds('text', []) : thresholds('red', [[limit, 'text']]);
}

function thresholds(bottom: string, steps: ReadonlyArray<readonly [value: number, color: string]>): FieldConfig {
  return {
    thresholds: {
      mode: ThresholdsMode.Absolute,
      steps: [{ value: -Infinity, color: bottom }, ...steps.map(([value, color]) => ({ value, color }))],
    },
  };
}
