import type { RuleName } from '../../src/alerting/rule';

/** One story of a rule: series with a sample a minute, and how many alerts fire at which minute. */
export interface RuleCase {
  rule: RuleName | 'watchdog';
  /** Finishes the sentence "<rule> …". */
  it: string;
  /** Series → values in promtool's notation: `0+1x30`. */
  series: Readonly<Record<string, string>>;
  /** Minute → alerts that fire then. */
  firing: Readonly<Record<number, number>>;
  /** Labels of one of them. */
  labels?: Readonly<Record<string, string>>;
}

/** Keeps what a case has beside the scraped target, which is up all the time unless the case says otherwise. */
export function withTarget(target: string, series: Readonly<Record<string, string>>): Record<string, string> {
  const up = `up{${target}}`;
  return { [up]: '1x1600', ...series };
}
