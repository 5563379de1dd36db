import { t } from '@grafana/i18n';
import type { OneRun } from '../../../frames/one-run';
import type { UsualFigure } from '../../../model/answer';
import type { EpochMs } from '../../../model/units';
import { bytesText, endText, numberFact, textFact, timesOfRun } from '../details/run-lines';
import { countText, durationText, PLAIN } from '../words';

/** A figure of a run beside what is usual for its task. */
export interface Figure {
  label: string;
  value: string;
  /** "usual 1.2 s"; absent where too few good runs tell it. */
  usual?: string;
  /** Between what the middle nine tenths of good runs lie. */
  range?: string;
  /** Where it lies outside of that. */
  off?: 'above' | 'below';
  /** Nobody tells it: said in grey. */
  isUntold?: boolean;
}

/** How the numbers of a fact are said; `undefined` for facts that are no measures. */
export function sayFigure(fact: string, value: number): string {
  switch (fact) {
    case 'wait':
    case 'duration':
      return durationText(value);
    case 'cpuSeconds':
      return durationText(value * 1000);
    case 'maxRssBytes':
    case 'memoryLimitBytes':
      return bytesText(value);
    default:
      return countText(value);
  }
}

/** What is known of the newest attempt in numbers. */
export function figuresOf(run: OneRun, row: number, now: EpochMs): Figure[] {
  const { columns, reports, source } = run;
  const times = timesOfRun(columns, row, now);
  const open = times.end === undefined;
  const untold = (label: string, report: string): Figure[] =>
    reports[report] === false
      ? [{ label, value: t('run.not-reported', 'not reported by {{source}}', { source, ...PLAIN }), isUntold: true }]
      : [];
  const figure = (label: string, fact: UsualFigure, value: number | undefined, report: string, isOpen = false) =>
    value === undefined ? untold(label, report) : [{ label, value: sayFigure(fact, value), ...beside(run, fact, value, isOpen) }]; // prettier-ignore
  const waits = open && times.start === undefined;
  const limit = numberFact(columns, row, 'memoryLimitBytes');
  const peak = figure(
    t('fact.memory', 'Peak memory'),
    'maxRssBytes',
    numberFact(columns, row, 'maxRssBytes'),
    'resources'
  ).map((one) =>
    limit === undefined
      ? one
      : { ...one, value: t('run.of-limit', '{{value}} of {{limit}}', { value: one.value, limit: bytesText(limit) }) }
  );
  const worker = [textFact(columns, row, 'worker'), textFact(columns, row, 'host')];
  const ended = endText(columns, row);
  return [
    ...figure(waits ? t('fact.waiting', 'Waiting') : t('fact.waited', 'Waited'), 'wait', times.waitMs, 'waits', waits),
    ...figure(open ? t('fact.running-for', 'Running for') : t('fact.ran', 'Ran'), 'duration', times.ranMs, '', open),
    ...figure(t('fact.cpu', 'CPU time'), 'cpuSeconds', numberFact(columns, row, 'cpuSeconds'), 'resources', open),
    ...peak,
    ...figure(t('fact.attempt-label', 'Attempt'), 'attempt', columns.attempt?.[row], 'attempts'),
    ...(ended === undefined ? [] : [{ label: t('fact.ended', 'Ended'), value: ended }]),
    ...(worker[0] === undefined
      ? untold(t('fact.worker', 'Worker'), 'workers')
      : [{ label: t('fact.worker', 'Worker'), value: [...new Set(worker)].filter(Boolean).join(' · ') }]),
  ];
}

/** What is usual; of what still goes on, less than usual says nothing. */
function beside({ usual }: OneRun, fact: UsualFigure, value: number, isOpen: boolean): Partial<Figure> {
  const known = usual[fact];
  if (known === undefined) {
    return {};
  }
  const { low, middle, high, runs } = known;
  const say = (of: number) => sayFigure(fact, of);
  return {
    usual: t('fact.usual', 'usual {{length}}', { length: say(middle) }),
    range: t('run.usual-of', '{{low}} to {{high}} in {{runs}} good runs before', {
      low: say(low),
      high: say(high),
      runs: countText(runs),
    }),
    // What is said alike is no difference.
    ...(value > high && say(value) !== say(high) && { off: 'above' as const }),
    ...(value < low && !isOpen && say(value) !== say(low) && { off: 'below' as const }),
  };
}
