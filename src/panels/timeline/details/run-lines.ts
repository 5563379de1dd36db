import type { TimeZone } from '@grafana/schema';
import { formattedValueToString, getValueFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import { textOfValue } from '../../../frames/field-values';
import { labelsOfValue } from '../../../frames/group-keys';
import type { LaneSummary } from '../../../frames/lane-summary';
import { factOf, type RunColumns } from '../../../frames/run-columns';
import { elapsedMs } from '../../../model/elapsed';
import type { EpochMs } from '../../../model/units';
import { agoText, clockText, countText, durationText, instantText } from '../words';

/** One line of a tooltip or of the details. */
export interface RunLine {
  label: string;
  value: string;
  /** Beside the value, in grey: "usual 0.3 s". */
  aside?: string;
  /** Text to copy, where it is worth copying. */
  copy?: string;
  /** Name of the field that the line comes from: its links belong here. */
  fact?: string;
}

export interface RunTimes {
  began: EpochMs;
  start: EpochMs | undefined;
  end: EpochMs | undefined;
  waitMs: number | undefined;
  ranMs: number | undefined;
}

const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

/** Times of a run as of `now`; `ranMs` of what still runs is its age. */
export function timesOfRun(columns: RunColumns, row: number, now: EpochMs): RunTimes {
  const began = columns.began[row]!;
  const start = known(columns.start[row]!);
  const end = known(columns.end[row]!);
  const waits = start === undefined && end === undefined;
  const waitMs = waits ? Math.max(0, now - began) : start !== undefined && start > began ? start - began : undefined;
  const ranMs =
    start === undefined ? undefined : end === undefined ? Math.max(0, now - start) : known(elapsedMs(start, end));
  return { began, start, end, waitMs, ranMs };
}

export function textFact(columns: RunColumns, row: number, name: Parameters<typeof factOf>[2]): string | undefined {
  const found = factOf(columns, row, name);
  return found === undefined ? undefined : textOfValue(found.value) || undefined;
}

export function numberFact(columns: RunColumns, row: number, name: Parameters<typeof factOf>[2]): number | undefined {
  const value = factOf(columns, row, name)?.value;
  return typeof value === 'number' ? value : undefined;
}

/** 9f3c21d8-…-e21 as 9f3c…e21: enough to recognise it. */
export function shortId(id: string): string {
  return id.length > 14 ? `${id.slice(0, 6)}…${id.slice(-4)}` : id;
}

export function bytesText(bytes: number): string {
  return formattedValueToString(getValueFormat('bytes')(bytes, bytes >= 1 << 30 ? 1 : 0));
}

function usualRange(facts: LaneSummary | undefined): string | undefined {
  const { usualDuration, usualDurationLow: low, usualDurationHigh: high } = facts ?? {};
  if (low !== undefined && high !== undefined && durationText(low) !== durationText(high)) {
    return t('fact.usual-range', 'usual {{low}} to {{high}}', { low: durationText(low), high: durationText(high) });
  }
  return usualDuration === undefined
    ? undefined
    : t('fact.usual', 'usual {{length}}', { length: durationText(usualDuration) });
}

/** How a run ended, in words: `exit code 1`, `SIGKILL`, `out of memory`. */
export function endText(columns: RunColumns, row: number): string | undefined {
  const parts: string[] = [];
  const substate = textFact(columns, row, 'substate');
  if (substate === 'oom') {
    parts.push(t('end.oom', 'out of memory'));
  } else if (substate === 'lost') {
    parts.push(t('end.lost', 'lost: its worker or process vanished'));
  } else if (substate !== undefined && columns.state[row] === FAILED_STATE && substate !== 'error') {
    parts.push(substate.replaceAll('_', ' '));
  }
  const signal = textFact(columns, row, 'signal');
  if (signal !== undefined) {
    parts.push(signal);
  }
  const code = numberFact(columns, row, 'exitCode');
  if (code !== undefined) {
    parts.push(t('end.exit', 'exit code {{code}}', { code }));
  }
  return parts.length > 0 ? parts.join(' · ') : undefined;
}

const FAILED_STATE = 3;

/** The few lines of the tooltip. */
export function briefFacts(
  columns: RunColumns,
  row: number,
  facts: LaneSummary | undefined,
  now: EpochMs,
  timeZone: TimeZone
): RunLine[] {
  const lines: RunLine[] = [];
  const times = timesOfRun(columns, row, now);
  const add = (label: string, value: string | undefined, aside?: string): void => {
    if (value !== undefined && value !== '') {
      lines.push({ label, value, aside });
    }
  };
  const id = textFact(columns, row, 'runId');
  add(
    t('fact.run', 'Run'),
    [id === undefined ? undefined : shortId(id), attemptText(columns, row)].filter(Boolean).join(' · ')
  );
  add(t('fact.started', 'Started'), times.start === undefined ? undefined : instantText(times.start, timeZone), times.start === undefined ? undefined : agoText(times.start, now)); // prettier-ignore
  if (times.start === undefined && times.end === undefined) {
    add(
      t('fact.waiting', 'Waiting'),
      times.waitMs === undefined ? undefined : durationText(times.waitMs),
      usualWait(facts)
    );
  } else {
    add(
      t('fact.waited', 'Waited'),
      times.waitMs === undefined ? undefined : durationText(times.waitMs),
      usualWait(facts)
    );
  }
  const runs = times.end === undefined;
  add(runs ? t('fact.running-for', 'Running for') : t('fact.ran', 'Ran'), times.ranMs === undefined ? undefined : durationText(times.ranMs), usualRange(facts)); // prettier-ignore
  add(t('fact.ended', 'Ended'), endText(columns, row));
  add(t('fact.worker', 'Worker'), workerText(columns, row));
  add(clockLabel(columns, row), skewText(columns, row));
  add(t('fact.queue', 'Queue'), textFact(columns, row, 'queue'));
  add(t('fact.resources', 'CPU / memory'), resourceText(columns, row));
  add(t('fact.error', 'Error'), errorTitle(columns, row));
  return lines;
}

function usualWait(facts: LaneSummary | undefined): string | undefined {
  return facts?.usualWait === undefined
    ? undefined
    : t('fact.usual', 'usual {{length}}', { length: durationText(facts.usualWait) });
}

export function attemptText(columns: RunColumns, row: number): string | undefined {
  const attempt = columns.attempt?.[row];
  const most = numberFact(columns, row, 'maxAttempts');
  if (attempt === undefined || (attempt === 1 && (most === undefined || most === 1))) {
    return undefined;
  }
  return most === undefined
    ? t('fact.attempt', 'attempt {{attempt}}', { attempt })
    : t('fact.attempt-of', 'attempt {{attempt}} of {{most}}', { attempt, most });
}

function workerText(columns: RunColumns, row: number): string | undefined {
  const worker = textFact(columns, row, 'worker');
  const host = textFact(columns, row, 'host');
  return [worker, host === worker ? undefined : host].filter(Boolean).join(' · ') || undefined;
}

function clockLabel(columns: RunColumns, row: number): string {
  const worker = textFact(columns, row, 'worker');
  return worker === undefined
    ? t('fact.clock', 'Clock of its worker')
    : t('fact.clock-of', 'Clock of {{worker}}', { worker });
}

/** That the times of the run are by a clock that was wrong, and were corrected. */
function skewText(columns: RunColumns, row: number): string | undefined {
  const ahead = numberFact(columns, row, 'clockAhead');
  if (ahead === undefined) {
    return undefined;
  }
  const length = durationText(Math.abs(ahead));
  return ahead > 0
    ? t('fact.clock-ahead', '{{length}} ahead; times are corrected', { length })
    : t('fact.clock-behind', '{{length}} behind; times are corrected', { length });
}

function resourceText(columns: RunColumns, row: number): string | undefined {
  const cpu = numberFact(columns, row, 'cpuSeconds');
  const memory = numberFact(columns, row, 'maxRssBytes');
  const parts = [
    cpu === undefined ? undefined : durationText(cpu * 1000),
    memory === undefined ? undefined : t('fact.peak', 'peak {{size}}', { size: bytesText(memory) }),
  ];
  return parts.filter(Boolean).join(' · ') || undefined;
}

/** The error's type, else the first line of its message. */
export function errorTitle(columns: RunColumns, row: number): string | undefined {
  return textFact(columns, row, 'errorType') ?? textFact(columns, row, 'error')?.split('\n')[0];
}

/** Every fact that is known about a run, for the details. */
export function allFacts(
  columns: RunColumns,
  row: number,
  facts: LaneSummary | undefined,
  now: EpochMs,
  timeZone: TimeZone
): RunLine[] {
  const times = timesOfRun(columns, row, now);
  const lines: RunLine[] = [];
  const text = (label: string, fact: Parameters<typeof factOf>[2], copy = false): void => {
    const value = textFact(columns, row, fact);
    if (value !== undefined) {
      lines.push({ label, value, fact, copy: copy ? value : undefined });
    }
  };
  const line = (label: string, value: string | undefined, aside?: string, fact?: string): void => {
    if (value !== undefined) {
      lines.push({ label, value, aside, fact });
    }
  };
  const instant = (label: string, fact: Parameters<typeof factOf>[2], at?: number): void => {
    const value = at ?? numberFact(columns, row, fact);
    line(
      label,
      value === undefined ? undefined : instantText(value, timeZone),
      value === undefined ? undefined : agoText(value, now),
      fact
    );
  };
  text(t('fact.run', 'Run'), 'runId', true);
  line(t('fact.attempt-label', 'Attempt'), attemptText(columns, row), undefined, 'attempt');
  text(t('fact.task', 'Task'), 'task');
  text(t('fact.source', 'Source'), 'source');
  text(t('fact.queue', 'Queue'), 'queue');
  text(t('fact.worker', 'Worker'), 'worker', true);
  text(t('fact.host', 'Host'), 'host');
  line(clockLabel(columns, row), skewText(columns, row), undefined, 'clockAhead');
  text(t('fact.native', 'State at the source'), 'nativeState');
  text(t('fact.detail', 'Detail'), 'substate');
  instant(t('fact.created', 'Created'), 'created');
  instant(t('fact.queued', 'Queued'), 'queued');
  instant(t('fact.started', 'Started'), 'started', times.start);
  instant(t('fact.finished', 'Finished'), 'finished', times.end);
  const waits = times.start === undefined && times.end === undefined;
  line(waits ? t('fact.waiting', 'Waiting') : t('fact.waited', 'Waited'), times.waitMs === undefined ? undefined : durationText(times.waitMs), usualWait(facts), 'wait'); // prettier-ignore
  line(times.end === undefined ? t('fact.running-for', 'Running for') : t('fact.ran', 'Ran'), times.ranMs === undefined ? undefined : durationText(times.ranMs), usualRange(facts), 'duration'); // prettier-ignore
  line(t('fact.ended', 'Ended'), endText(columns, row), undefined, 'exitCode');
  const cpu = numberFact(columns, row, 'cpuSeconds');
  line(t('fact.cpu', 'CPU time'), cpu === undefined ? undefined : durationText(cpu * 1000), undefined, 'cpuSeconds');
  const memory = numberFact(columns, row, 'maxRssBytes');
  line(t('fact.memory', 'Peak memory'), memory === undefined ? undefined : bytesText(memory), undefined, 'maxRssBytes');
  text(t('fact.error-type', 'Error type'), 'errorType');
  text(t('fact.error', 'Error'), 'error', true);
  text(t('fact.evidence', 'Evidence'), 'evidence');
  text(t('fact.trace', 'Trace'), 'traceId', true);
  text(t('fact.span', 'Span'), 'spanId', true);
  text(t('fact.parent', 'Parent run'), 'parentId', true);
  text(t('fact.root', 'Root run'), 'rootId', true);
  text(t('fact.args', 'Arguments'), 'args', true);
  text(t('fact.result', 'Result'), 'result', true);
  for (const [name, value] of Object.entries(labelsOfValue(factOf(columns, row, 'labels')?.value))) {
    lines.push({ label: name, value });
  }
  text(t('fact.stack', 'Stack'), 'stack', true);
  instant(t('fact.observed', 'Last seen'), 'observed');
  return lines;
}

/** How many failed runs in the data share an error title, and since when; made once per data, when first asked. */
export function causeCounts(columns: RunColumns): (row: number) => { count: number; since: EpochMs } | undefined {
  let counts: Map<string, { count: number; since: EpochMs }> | undefined;
  return (row) => {
    const title = errorTitle(columns, row);
    if (title === undefined) {
      return undefined;
    }
    if (!counts) {
      counts = new Map();
      for (let at = 0; at < columns.length; at++) {
        if (columns.state[at] !== FAILED_STATE) {
          continue;
        }
        const key = errorTitle(columns, at);
        const when = columns.end[at]!;
        if (key === undefined) {
          continue;
        }
        const found = counts.get(key);
        if (found) {
          found.count += 1;
          found.since = Math.min(found.since, when);
        } else {
          counts.set(key, { count: 1, since: when });
        }
      }
    }
    return counts.get(title);
  };
}

/** "Same error: 41 runs since 09:38", where more than this one share it. */
export function causeLine(
  cause: { count: number; since: EpochMs } | undefined,
  now: EpochMs,
  timeZone: TimeZone
): RunLine | undefined {
  return cause === undefined || cause.count < 2
    ? undefined
    : {
        label: t('cause.label', 'Same error'),
        value: t('cause.value', '{{runs}} runs since {{time}}', {
          runs: countText(cause.count),
          time: clockText(cause.since, timeZone),
        }),
        aside: agoText(cause.since, now),
      };
}
