import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import type { LaneKey } from '../../frames/group-keys';
import { sayDuration } from '../../frames/say-duration';
import type { DurationMs, EpochMs } from '../../model/units';
import type { LaneSort } from './lanes/lane-order';
import type { RunClass } from './run-class';
import { wallClock } from './zoned-clock';

/** For texts that hold names: React escapes them, so the translation must not do it a second time. */
export const PLAIN = { interpolation: { escapeValue: false } };

/** A length of time in the user's language: 4 min 12 s, 4 分 12 秒. */
export function durationText(length: DurationMs): string {
  return sayDuration(length, {
    ms: t('duration.ms', 'ms'),
    s: t('duration.s', 's'),
    min: t('duration.min', 'min'),
    h: t('duration.h', 'h'),
    d: t('duration.d', 'd'),
  });
}

export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** 1 run, 12,480 runs. */
export function runsText(count: number): string {
  return t('summary.runs', '{{runs}} runs', {
    count,
    runs: countText(count),
    defaultValue_one: '{{runs}} run',
    defaultValue_other: '{{runs}} runs',
  });
}

/** 1 alert, 26 alerts. */
export function alertsText(count: number): string {
  return t('summary.alerts', '{{alerts}} alerts', {
    count,
    alerts: countText(count),
    defaultValue_one: '{{alerts}} alert',
    defaultValue_other: '{{alerts}} alerts',
  });
}

export function instantText(at: EpochMs, timeZone: TimeZone): string {
  const { date, time } = wallClock(at, timeZone);
  const ms = Math.floor(((at % 1000) + 1000) % 1000);
  return ms === 0 || Number.isNaN(ms) ? `${date} ${time}` : `${date} ${time}.${String(ms).padStart(3, '0')}`;
}

/** Hours and minutes, where the day is clear from what stands around. */
export function clockText(at: EpochMs, timeZone: TimeZone, seconds = false): string {
  return wallClock(at, timeZone).time.slice(0, seconds ? 8 : 5);
}

/** How long ago, or how far ahead. */
export function agoText(at: EpochMs, now: EpochMs): string {
  const length = durationText(Math.abs(now - at));
  return at <= now ? t('time.ago', '{{length}} ago', { length }) : t('time.ahead', 'in {{length}}', { length });
}

/** "no answer for 75 s, data as of 19:09:12"; with the day where it was another one. */
export function silenceText(asOf: EpochMs, now: EpochMs, timeZone: TimeZone): string {
  const isLong = now - asOf > 12 * 3_600_000;
  return t('stale.text', 'no answer for {{length}}, data as of {{time}}', {
    length: durationText(Math.max(0, now - asOf)),
    time: isLong ? instantText(asOf, timeZone) : clockText(asOf, timeZone, true),
  });
}

export function className(kind: RunClass): string {
  switch (kind) {
    case 'pending':
      return t('state.pending', 'pending');
    case 'running':
      return t('state.running', 'running');
    case 'completed':
      return t('state.completed', 'completed');
    case 'failed':
      return t('state.failed', 'failed');
    case 'cancelled':
      return t('state.cancelled', 'cancelled');
    case 'lost':
      return t('state.lost', 'lost');
    case 'retried':
      return t('state.retried', 'retried');
    case 'unknown':
      return t('state.unknown', 'unknown');
  }
}

export function sortName(sort: LaneSort): string {
  switch (sort) {
    case 'trouble':
      return t('sort.trouble', 'trouble first');
    case 'name':
      return t('sort.name', 'name');
    case 'runs':
      return t('sort.runs', 'most runs');
    case 'longest':
      return t('sort.longest', 'longest run');
    case 'newest':
      return t('sort.newest', 'newest run');
  }
}

export function laneKeyName(key: LaneKey): string {
  if (key.startsWith('label:')) {
    return t('lanes-by.label', 'label {{label}}', { label: key.slice('label:'.length), ...PLAIN });
  }
  switch (key as Exclude<LaneKey, `label:${string}`>) {
    case 'lane':
      return t('lanes-by.lane', 'as queried');
    case 'task':
      return t('lanes-by.task', 'task');
    case 'worker':
      return t('lanes-by.worker', 'worker');
    case 'host':
      return t('lanes-by.host', 'host');
    case 'queue':
      return t('lanes-by.queue', 'queue');
    case 'source':
      return t('lanes-by.source', 'source');
    case 'state':
      return t('lanes-by.state', 'state');
  }
}

/** A lane whose fact nobody reports still has a name. */
export function laneName(name: string, key: LaneKey): string {
  return name === '' ? t('lane.none', 'no {{fact}} reported', { fact: laneKeyName(key), ...PLAIN }) : name;
}
