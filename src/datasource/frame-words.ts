import { t } from '@grafana/i18n';
import { ENGLISH } from '../frames/frame-context';
import type { FrameWords } from '../frames/frame-context';

/** What users read in frames, in their language. Field names stay as they are: overrides are made by name. */
export function frameWords(): FrameWords {
  return {
    states: {
      pending: t('datasource.state.pending', 'pending'),
      running: t('datasource.state.running', 'running'),
      completed: t('datasource.state.completed', 'completed'),
      failed: t('datasource.state.failed', 'failed'),
      cancelled: t('datasource.state.cancelled', 'cancelled'),
      unknown: t('datasource.state.unknown', 'unknown'),
      lost: t('datasource.state.lost', 'lost'),
      retried: t('datasource.state.retried', 'retried'),
    },
    fields: Object.fromEntries(
      Object.entries(ENGLISH.fields).map(([name, english]) => [name, t(`datasource.field.${name}`, english)])
    ),
    freshness: {
      overdue: t('datasource.freshness.overdue', 'overdue'),
      late: t('datasource.freshness.late', 'late'),
      unknown: t('datasource.freshness.unknown', 'not judged yet'),
      fresh: t('datasource.freshness.fresh', 'fresh'),
    },
    reasons: {
      failures: t('datasource.reason.failures', 'failures'),
      abnormal_exits: t('datasource.reason.abnormal-exits', 'abnormal exits'),
      lost_runs: t('datasource.reason.lost-runs', 'lost runs'),
      retries: t('datasource.reason.retries', 'retries'),
      too_slow: t('datasource.reason.too-slow', 'slower than usual'),
      too_fast: t('datasource.reason.too-fast', 'faster than usual'),
      wait: t('datasource.reason.wait', 'waiting too long'),
      oldest_pending: t('datasource.reason.oldest-pending', 'oldest waiting run'),
      silent_workers: t('datasource.reason.silent-workers', 'silent workers'),
      resource_pressure: t('datasource.reason.resource-pressure', 'CPU or memory pressure'),
      missed_runs: t('datasource.reason.missed-runs', 'expected runs that did not come'),
    },
    units: {
      ms: t('datasource.unit.ms', 'ms'),
      s: t('datasource.unit.s', 's'),
      min: t('datasource.unit.min', 'min'),
      h: t('datasource.unit.h', 'h'),
      d: t('datasource.unit.d', 'd'),
    },
    created: t('datasource.word.created', 'created'),
    duration: t('datasource.word.duration', 'duration'),
    wait: t('datasource.word.wait', 'wait'),
    alive: t('datasource.word.alive', 'alive'),
    silent: t('datasource.word.silent', 'silent'),
    nothingWaits: t('datasource.word.nothing-waits', 'nothing waits'),
    ageUnknown: t('datasource.word.age-unknown', 'age not reported'),
    noFailures: t('datasource.word.none', 'none'),
    notReported: t('datasource.word.not-reported', 'not reported'),
    notEnough: t('datasource.word.not-enough', 'not enough data'),
    noAnswer: t('datasource.word.no-answer', 'no answer'),
    oldest: (age) => t('datasource.word.oldest', 'oldest {{age}}', { age }),
    ofSlots: (slots) => t('datasource.word.of-slots', 'of {{slots}} worker slots', { slots }),
    onWorkers: (workers) => t('datasource.word.on-workers', 'workers busy: {{workers}}', { workers }),
    clockAhead: (length) => t('datasource.word.clock-ahead', '{{length}} ahead; times are corrected', { length }),
    clockBehind: (length) => t('datasource.word.clock-behind', '{{length}} behind; times are corrected', { length }),
    ceiling: (limit, is) =>
      is === 'fixed'
        ? t('datasource.word.ceiling', 'ceiling {{limit}}', { limit })
        : t('datasource.word.ceiling-learned', 'ceiling {{limit}}, by its last day', { limit }),
    floor: (limit, is) =>
      is === 'fixed'
        ? t('datasource.word.floor', 'floor {{limit}}/s', { limit })
        : t('datasource.word.floor-learned', 'floor {{limit}}/s, by its last day', { limit }),
    noLimit: t('datasource.word.no-limit', 'no limit: too little history'),
    budget: (objective, times) =>
      times === undefined
        ? t('datasource.word.budget', 'objective {{objective}} %', { objective })
        : t('datasource.word.budget-used-up', 'objective {{objective}} %, used up {{times}} times over', {
            objective,
            times,
          }),
    completedShare: (percent) => t('datasource.word.completed-share', '{{percent}} % completed', { percent }),
    truncated: (shown, total) =>
      total === undefined
        ? t(
            'datasource.notice.truncated-open',
            '{{shown}} runs shown, there are more: narrow the range or the filters to see all.',
            { shown }
          )
        : t('datasource.notice.truncated', '{{shown}} of {{total}} runs: narrow the range to see all.', {
            shown,
            total,
          }),
    skipped: (count) =>
      t('datasource.notice.skipped', '{{records}} records could not be read and are left out.', { records: count }),
    omitted: (count) =>
      t('datasource.notice.omitted', '{{groups}} more groups are left out: raise the limit or narrow the filters.', {
        groups: count,
      }),
  };
}
