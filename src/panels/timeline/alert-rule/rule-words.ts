import { t } from '@grafana/i18n';
import type { RuleName } from '../../../alerting/rule';
import type { History, Suggestion } from '../../../alerting/suggest-rule';
import { countText, durationText, PLAIN } from '../words';
import type { AlertFact, AlertSubject } from './alert-subject';

/** What a rule watches for, in few words: the title of a choice. */
export function ruleTitle(name: RuleName): string {
  switch (name) {
    case 'task-failing':
      return t('alert.failing', 'Fails too often');
    case 'abnormal-exit':
      return t('alert.abnormal', 'Ends abnormally');
    case 'repeated-failure':
      return t('alert.repeated', 'Fails again and again');
    case 'task-stuck':
      return t('alert.stuck', 'Seems stuck');
    case 'p99-latency':
      return t('alert.slow', 'Takes too long');
    case 'health-low':
      return t('alert.health', 'Health is low');
    case 'queue-backlog':
      return t('alert.backlog', 'Piles up');
    case 'oldest-pending':
      return t('alert.waiting', 'Runs wait too long');
    case 'worker-lost':
      return t('alert.lost', 'Is lost');
    default:
      return name;
  }
}

/** When a suggested rule fires, as a sentence with its figures. */
export function ruleSentence({ name, rule, spec, threshold }: Suggestion, history: History | undefined): string {
  const own = threshold.from === 'history';
  switch (name) {
    case 'task-failing': {
      const window = durationText(spec.taskFailing.windowMs);
      const limit = percentText(threshold.value);
      const { ended = 0, failed = 0 } = history ?? {};
      return own && ended > 0
        ? t(
            'alert.failing-own',
            'More than {{limit}} of the runs that end within {{window}} fail; usual are {{usual}}.',
            {
              limit,
              window,
              usual: percentText(failed / ended),
            }
          )
        : t('alert.failing-default', 'More than {{limit}} of the runs that end within {{window}} fail.', {
            limit,
            window,
          });
    }
    case 'abnormal-exit':
      return t(
        'alert.abnormal-says',
        'A run ends by a signal, out of memory, with an exit code other than 0, or is lost.'
      );
    case 'repeated-failure':
      return t(
        'alert.repeated-says',
        '{{runs}} runs failed within {{window}}, no fewer than completed, and none has completed since.',
        {
          runs: countText(spec.repeatedFailure.failures),
          window: durationText(spec.repeatedFailure.windowMs),
        }
      );
    case 'task-stuck':
      return own
        ? t('alert.stuck-own', 'A run has been running for more than {{limit}}; 99 % end within {{usual}}.', {
            limit: durationText(threshold.value),
            usual: durationText(history?.p99DurationMs ?? 0),
          })
        : t('alert.stuck-default', 'A run has been running {{times}} times as long as 99 % of the runs before it.', {
            times: threshold.value,
          });
    case 'p99-latency': {
      const values = { limit: durationText(threshold.value), window: durationText(spec.p99Latency.windowMs) };
      return own
        ? t(
            'alert.slow-own',
            'The slowest 1 % of the runs within {{window}} take {{limit}} or longer; usual are {{usual}}.',
            {
              ...values,
              usual: durationText(history?.p99DurationMs ?? 0),
            }
          )
        : t('alert.slow-default', 'The slowest 1 % of the runs within {{window}} take {{limit}} or longer.', values);
    }
    case 'health-low':
      return t('alert.health-says', 'The health score stays below {{limit}} of 100.', { limit: threshold.value });
    case 'queue-backlog':
      return t('alert.backlog-says', 'It grows, and at its pace needs more than {{limit}} to empty.', {
        limit: durationText(threshold.value),
      });
    case 'oldest-pending':
      return own
        ? t(
            'alert.waiting-own',
            'The oldest run has been waiting for more than {{limit}}; 99 % wait less than {{usual}}.',
            {
              limit: durationText(threshold.value),
              usual: durationText(history?.p99WaitMs ?? 0),
            }
          )
        : t('alert.waiting-default', 'The oldest run has been waiting for more than {{limit}}.', {
            limit: durationText(threshold.value),
          });
    case 'worker-lost':
      // An exporter that says itself whether a worker is alive leaves nothing to wait for.
      return rule.condition.is === 'below'
        ? t('alert.lost-says', 'Its source says that it no longer answers.')
        : t('alert.lost-silent', 'Nothing has been heard of it for more than {{limit}} while there is work.', {
            limit: durationText(threshold.value),
          });
    default:
      return rule.title;
  }
}

/** Where the figure comes from. */
export function originText({ name, threshold }: Suggestion, history: History | undefined): string {
  if (threshold.from === 'history') {
    return t('alert.from-history', 'From its own history');
  }
  return history !== undefined && FROM_HISTORY.has(name)
    ? t('alert.from-default-few', 'Our default: too few runs here to know')
    : t('alert.from-default', 'Our default');
}

/** Rules whose figure is taken from what was seen, where that is enough. */
const FROM_HISTORY: ReadonlySet<RuleName> = new Set(['task-failing', 'task-stuck', 'p99-latency', 'oldest-pending']);

/** What is known here, in one line. */
export function historyText(history: History | undefined, truncated: boolean): string {
  if (history === undefined) {
    return t(
      'alert.history-merged',
      'Too many runs to tell them apart: figures are our defaults. Zoom in to have them from its own history.'
    );
  }
  const { ended = 0, failed = 0, spanMs } = history;
  if (ended === 0) {
    return t('alert.history-none', 'No run of it completed or failed in the range shown.');
  }
  const values = { runs: countText(ended), failed: countText(failed), span: durationText(spanMs) };
  return truncated
    ? t(
        'alert.history-part',
        'History: of the runs that were sent, {{runs}} ended within {{span}}, {{failed}} of them failed.',
        values
      )
    : t(
        'alert.history',
        'History: {{runs}} runs ended in the range shown ({{span}}), {{failed}} of them failed.',
        values
      );
}

export function factName(fact: AlertFact): string {
  switch (fact) {
    case 'task':
      return t('alert.of-task', 'Task');
    case 'queue':
      return t('alert.of-queue', 'Queue');
    case 'worker':
      return t('alert.of-worker', 'Worker');
  }
}

/** `Task report.nightly (prod)`, on one line whatever is in the name. */
export function subjectText({ fact, name, source }: AlertSubject): string {
  const plain = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ');
  return source === undefined
    ? t('alert.subject', '{{fact}} {{name}}', { fact: factName(fact), name: plain(name), ...PLAIN })
    : t('alert.subject-source', '{{fact}} {{name}} ({{source}})', {
        fact: factName(fact),
        name: plain(name),
        source: plain(source),
        ...PLAIN,
      });
}

function percentText(ratio: number): string {
  const percent = 100 * ratio;
  return `${Math.round(percent >= 10 ? percent : 10 * percent) / (percent >= 10 ? 1 : 10)}\u00a0%`;
}
