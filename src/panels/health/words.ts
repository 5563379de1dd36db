import { dateTimeFormat } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import type { DeductionReason, UncheckedWhy } from '../../model/answer';
import type { DurationMs, EpochMs } from '../../model/units';
import type { DeductionRow, HealthGroup } from '../../frames/health-columns';
import type { RunlaneMeta } from '../../frames/field-names';
import { isDeductionReason } from '../../frames/health-columns';
import { sayDuration } from '../../frames/say-duration';

/** Which facts the source can know, where it says so. */
type Reports = RunlaneMeta['reports'];

/** What a deduction is for: the loud half of its sentence. */
export function reasonText(reason: string): string {
  return isDeductionReason(reason) ? reasonOf(reason) : reason;
}

function reasonOf(reason: DeductionReason): string {
  switch (reason) {
    case 'failures':
      return t('reason.failures', 'failures');
    case 'abnormal_exits':
      return t('reason.abnormal_exits', 'abnormal exits');
    case 'lost_runs':
      return t('reason.lost_runs', 'lost runs');
    case 'retries':
      return t('reason.retries', 'retries');
    case 'too_slow':
      return t('reason.too_slow', 'slower than usual');
    case 'too_fast':
      return t('reason.too_fast', 'faster than usual');
    case 'wait':
      return t('reason.wait', 'long waits');
    case 'oldest_pending':
      return t('reason.oldest_pending', 'waiting too long');
    case 'silent_workers':
      return t('reason.silent_workers', 'silent workers');
    case 'resource_pressure':
      return t('reason.resource_pressure', 'CPU or memory pressure');
    case 'missed_runs':
      return t('reason.missed_runs', 'missed runs');
  }
}

/** The same as a thing that was checked: "waits, schedule: nothing deducted". */
function checkText(reason: string): string {
  if (!isDeductionReason(reason)) {
    return reason;
  }
  switch (reason) {
    case 'failures':
      return t('check.failures', 'failures');
    case 'abnormal_exits':
      return t('check.abnormal_exits', 'exits');
    case 'lost_runs':
      return t('check.lost_runs', 'lost runs');
    case 'retries':
      return t('check.retries', 'retries');
    case 'too_slow':
      return t('check.durations', 'durations');
    case 'too_fast':
      return t('check.durations', 'durations');
    case 'wait':
      return t('check.wait', 'waits');
    case 'oldest_pending':
      return t('check.oldest_pending', 'queue');
    case 'silent_workers':
      return t('check.silent_workers', 'workers');
    case 'resource_pressure':
      return t('check.resource_pressure', 'CPU and memory');
    case 'missed_runs':
      return t('check.missed_runs', 'schedule');
  }
}

/** The fact that a check rests on, where nobody tells it: what is missing is named, not what was to be checked. */
function missingText(reason: string, reports: Reports): string {
  switch (isDeductionReason(reason) ? reason : undefined) {
    case 'abnormal_exits':
      return t('missing.exits', 'exit codes and signals');
    case 'wait':
      return t('missing.waits', 'when runs were queued');
    case 'oldest_pending':
      return t('missing.pending', 'waiting runs');
    case 'resource_pressure':
      // Shares of limits need both; a source that tells what runs use lacks the limits alone.
      return reports?.['resources'] === false
        ? t('missing.resources', 'CPU and memory and their limits')
        : t('missing.limits', 'limits of CPU and memory');
    default:
      return checkText(reason);
  }
}

function whyText(why: UncheckedWhy | undefined, source: string | undefined): string {
  switch (why) {
    case 'too_few':
      return t('why.too_few', 'too few runs');
    case 'not_configured':
      return t('why.not_configured', 'nobody set what is expected');
    case undefined:
      return t('why.unknown', 'nothing recorded');
    case 'not_reported':
      return source === undefined
        ? t('why.not_reported', 'not reported')
        : t('why.not_reported_by', 'not reported by {{source}}', { source });
  }
}

/** What was found and what is allowed: the quiet half of a deduction's sentence. */
export function factText({ reason, found, allowed, of }: DeductionRow): string {
  if (found === undefined || allowed === undefined) {
    return '';
  }
  const total = countText(of ?? 0);
  if (!isDeductionReason(reason)) {
    return t('fact.other', '{{found}}, allowed {{allowed}}', {
      found: numberText(found),
      allowed: numberText(allowed),
    });
  }
  switch (reason) {
    case 'failures':
    case 'abnormal_exits':
    case 'lost_runs': {
      const share = {
        share: percentText(found),
        total,
        allowed: percentText(allowed),
        runs: countText(found * (of ?? 0)),
      };
      return allowed === 0
        ? t('fact.share-none', '{{runs}} of {{total}} runs, none allowed', share)
        : t('fact.share', '{{share}} of {{total}} runs, allowed {{allowed}}', share);
    }
    case 'retries':
      return t('fact.retries', '{{share}} of {{total}} started attempts, allowed {{allowed}}', {
        share: percentText(found),
        total,
        allowed: percentText(allowed),
      });
    case 'too_slow':
      return t('fact.too_slow', 'p95 {{found}}, allowed {{allowed}}', lengths(found, allowed));
    case 'too_fast':
      return t('fact.too_fast', 'median {{found}}, at least {{allowed}} expected', lengths(found, allowed));
    case 'wait':
      return t('fact.wait', 'p95 {{found}}, allowed {{allowed}}', lengths(found, allowed));
    case 'oldest_pending':
      return t('fact.oldest_pending', 'oldest {{found}}, allowed {{allowed}}, {{total}} waiting', {
        ...lengths(found, allowed),
        total,
      });
    case 'silent_workers':
      return t('fact.silent_workers', '{{found}} of {{total}} workers', { found: countText(found), total });
    case 'resource_pressure':
      return t('fact.resource_pressure', '{{found}} of the limit, allowed {{allowed}}', {
        found: percentText(found),
        allowed: percentText(allowed),
      });
    case 'missed_runs':
      return t('fact.missed_runs', '{{found}} of {{total}} expected did not begin', { found: countText(found), total });
  }
}

function lengths(found: DurationMs, allowed: DurationMs): { found: string; allowed: string } {
  return { found: durationText(found), allowed: durationText(allowed) };
}

/** −34, with a real minus sign; what rounds to nothing keeps a decimal, so that no deduction reads as none. */
export function pointsText(whole: number, exact: number): string {
  return whole > 0 ? `−${whole}` : `−${Math.max(0.1, Math.round(exact * 10) / 10)}`;
}

/** A change of the score with its sign. */
export function changeText(change: number): string {
  return change < 0 ? `−${-change}` : `+${change}`;
}

/** A length of time in the user's language: 4 min 12 s, 4 分 12 秒. */
export function durationText(length: DurationMs): string {
  const units: Record<string, string> = {
    ms: t('duration.ms', 'ms'),
    s: t('duration.s', 's'),
    min: t('duration.min', 'min'),
    h: t('duration.h', 'h'),
    d: t('duration.d', 'd'),
  };
  return sayDuration(length).replace(/[a-z]+/g, (unit) => units[unit] ?? unit);
}

/** 09:30, with the day where the range spans several. */
export function clockText(at: EpochMs, timeZone: TimeZone, spansDays: boolean): string {
  return dateTimeFormat(at, { timeZone, format: spansDays ? 'MM-DD HH:mm' : 'HH:mm' });
}

export function instantText(at: EpochMs, timeZone: TimeZone): string {
  return dateTimeFormat(at, { timeZone, format: 'YYYY-MM-DD HH:mm:ss' });
}

/** "no answer for 75 s, data as of 19:09:12"; with the day where it was another one. */
export function silenceText(asOf: EpochMs, now: EpochMs, timeZone: TimeZone): string {
  const isLong = now - asOf > 12 * 3_600_000;
  return t('stale.text', 'no answer for {{length}}, data as of {{time}}', {
    length: durationText(Math.max(0, now - asOf)),
    time: isLong ? instantText(asOf, timeZone) : dateTimeFormat(asOf, { timeZone, format: 'HH:mm:ss' }),
  });
}

export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

function percentText(ratio: number): string {
  const percent = ratio * 100;
  return `${percent >= 10 || Number.isInteger(percent) ? Math.round(percent) : Number(percent.toPrecision(2))} %`;
}

function numberText(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/**
 * What is said quietly below the deductions: that nothing was found or that there is too little data, what was checked
 * and found fine, what could not be checked and why.
 */
export function quietTexts(group: HealthGroup, source: string | undefined, reports: Reports): string[] {
  const { runs, deductions, fine, unchecked } = group;
  const comma = t('list.comma', ', ');
  const texts: string[] = [];
  if (group.notEnoughData) {
    texts.push(
      runs === undefined
        ? t('detail.no-score', 'No score in this time range.')
        : t(
            'detail.not-enough-data',
            'Not enough data: {{runs}} runs completed or failed in this time range, too few for a score.',
            {
              runs: countText(runs),
            }
          )
    );
  } else if (deductions.length === 0 && runs !== undefined) {
    texts.push(t('detail.all-fine', 'Nothing deducted over {{runs}} runs.', { runs: countText(runs) }));
  }
  // A check of which one half was deducted for (too slow, not too fast) is not called fine.
  const deducted = new Set(deductions.map((deduction) => checkText(deduction.reason)));
  const fineChecks = [...new Set(fine.map(checkText))].filter((check) => !deducted.has(check));
  const checks: string[] = [];
  if (fineChecks.length > 0) {
    checks.push(t('checks.fine', '{{checks}}: nothing deducted', { checks: fineChecks.join(comma) }));
  }
  const byWhy = new Map<string, Set<string>>();
  for (const { reason, why } of unchecked) {
    const because = whyText(why, source);
    byWhy.set(
      because,
      (byWhy.get(because) ?? new Set()).add(why === 'not_reported' ? missingText(reason, reports) : checkText(reason))
    );
  }
  if (byWhy.size > 0) {
    const parts = [...byWhy].map(([why, names]) =>
      t('checks.why', '{{checks}} ({{why}})', { checks: [...names].join(comma), why })
    );
    checks.push(t('checks.unchecked', 'not checked: {{checks}}', { checks: parts.join(comma) }));
  }
  if (checks.length > 0) {
    texts.push(checks.join(' · '));
  }
  return texts;
}

/** A group without a name is one that the source does not report. */
export function groupText(name: string): string {
  return name === '' ? t('group.none', '(not reported)') : name;
}
