import type { DurationMs } from '../model/units';

const STEPS = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'min', ms: 60_000 },
  { unit: 's', ms: 1000 },
] as const;

/** A length of time as people say it: 340 ms, 4.2 s, 4 min 12 s, 2 h 5 min, 3 d 4 h. Negative lengths count as none. */
export function sayDuration(length: DurationMs, units?: DurationUnits): string {
  const said = inEnglish(length);
  return units === undefined ? said : said.replace(/[a-z]+/g, (unit) => units[unit as keyof DurationUnits] ?? unit);
}

/** How units of time are written. */
export type DurationUnits = Readonly<Record<'ms' | 's' | 'min' | 'h' | 'd', string>>;

function inEnglish(length: DurationMs): string {
  const ms = Math.max(0, length);
  if (ms < 1000) {
    return `${Math.round(ms)} ms`;
  }
  if (ms < 59_950) {
    return `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`;
  }
  const rounded = ms < 3_600_000 ? Math.round(ms / 1000) * 1000 : Math.round(ms / 60_000) * 60_000;
  const first = STEPS.findIndex((step) => rounded >= step.ms);
  const large = STEPS[first];
  const small = STEPS[first + 1];
  if (large === undefined || small === undefined) {
    return `${Math.round(ms / 1000)} s`;
  }
  const rest = Math.floor((rounded % large.ms) / small.ms);
  const head = `${Math.floor(rounded / large.ms)} ${large.unit}`;
  return rest === 0 ? head : `${head} ${rest} ${small.unit}`;
}
