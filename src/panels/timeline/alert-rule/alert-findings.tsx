import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { config } from '@grafana/runtime';
import { Icon, useStyles2, type IconName } from '@grafana/ui';
import { missingFacts, type Suggestion } from '../../../alerting/suggest-rule';
import { LONGEST_LINK } from '../../../alerting/to-editor-link';
import { CUSTOM_PROFILE } from '../../../prometheus/profile';
import { PLAIN } from '../words';
import type { AlertSubject } from './alert-subject';
import { editorLosesQueries } from './rule-editor';
import { ruleTitle } from './rule-words';
import type { Suggestions } from './use-suggestions';

interface Finding {
  tone: 'good' | 'bad' | 'plain';
  text: string;
  /** As the user types it. */
  code?: string;
}

interface Props {
  subject: AlertSubject;
  suggestions: Suggestions;
  rule: Suggestion;
  hasPrometheus: boolean;
}

const ICONS: Readonly<Record<Finding['tone'], IconName>> = {
  good: 'check',
  bad: 'exclamation-triangle',
  plain: 'info-circle',
};
/** More sources than a sentence holds. */
const MOST_NAMED = 4;

/** Whether the rule can work here: the metrics that it needs, the name that it asks for, what it takes for granted. */
export function AlertFindings(props: Props) {
  const styles = useStyles2(getStyles);
  return (
    <ul className={styles.list} aria-live="polite" aria-label={t('alert.findings', 'Checks')}>
      {findingsOf(props).map(({ tone, text, code }) => (
        <li key={`${text} ${code ?? ''}`} className={styles.item}>
          <Icon name={ICONS[tone]} className={styles[tone]} />
          <span>
            {text}
            {code !== undefined && (
              <>
                {' '}
                <code>{code}</code>
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What a profile of the user's own would have to tell for the rules that are left out. */
export function ownProfileText({ profile, leftOut }: Suggestions, { fact, name }: AlertSubject): string {
  const facts = missingFacts(profile, leftOut, { [fact]: name });
  const label = profile.labels[fact];
  if (label === undefined) {
    return t('alert.own-label', 'The profile names no label for “{{label}}”: add it under labels.', { label: fact });
  }
  return t(
    'alert.own-facts',
    'It does not tell, or not over $window: {{facts}}. Add them to the custom profile in the data source settings.',
    { facts: facts.join(t('alert.list-separator', ', ')), ...PLAIN }
  );
}

function findingsOf({ subject, suggestions, rule, hasPrometheus }: Props): Finding[] {
  const { profile, leftOut } = suggestions;
  const findings: Finding[] = hasPrometheus
    ? [...metricFindings(suggestions, rule), ...sourceFindings(subject, suggestions)]
    : [
        {
          tone: 'bad',
          text: t(
            'alert.no-prometheus',
            'There is no Prometheus data source here that you may ask. Alert rules need one: Grafana’s server cannot ask Runlane itself.'
          ),
        },
      ];
  if (leftOut.length > 0) {
    const kinds = leftOut.map(ruleTitle).join(t('alert.list-separator', ', '));
    findings.push({
      tone: 'plain',
      text: t('alert.left-out', '{{exporter}} tells too little for: {{kinds}}.', {
        exporter: profile.name,
        kinds,
        ...PLAIN,
      }),
    });
    if (profile.id === CUSTOM_PROFILE) {
      findings.push({ tone: 'plain', text: ownProfileText(suggestions, subject) });
    }
  }
  findings.push({
    tone: 'plain',
    text: t(
      'alert.receiver',
      'The file for Grafana names the contact point {{receiver}}. It must exist there, or take notification_settings out.',
      {
        receiver: rule.rule.receiver ?? `runlane-${rule.rule.tier}`,
      }
    ),
  });
  const { version } = config.buildInfo;
  if (hasPrometheus && editorLosesQueries(version)) {
    findings.push({
      tone: 'plain',
      text: t(
        'alert.editor-loses',
        'Grafana {{version}} loses the query of a rule that a link opens in its editor (mended in 12.3.2). Copy the text, or the query into a new rule.',
        { version, ...PLAIN }
      ),
    });
  } else if (hasPrometheus && rule.editorLink().length > LONGEST_LINK) {
    findings.push({
      tone: 'plain',
      text: t(
        'alert.long-link',
        'The link to the rule editor is so long that a proxy may refuse it. Copy the text instead.'
      ),
    });
  }
  return findings;
}

function metricFindings({ names, found, profile }: Suggestions, rule: Suggestion): Finding[] {
  switch (names.state) {
    case 'asking':
      return [{ tone: 'plain', text: t('alert.asking', 'Asking Prometheus which metrics it has …') }];
    case 'away':
      return [
        {
          tone: 'bad',
          text: t(
            'alert.away',
            'Prometheus could not be asked, so nobody knows whether it has the metrics of this rule.'
          ),
          ...(names.reason === '' ? {} : { code: names.reason.slice(0, 300) }),
        },
      ];
    case 'known': {
      if (profile.id === CUSTOM_PROFILE) {
        return [
          {
            tone: 'plain',
            text: t(
              'alert.own-expressions',
              'The rule asks the expressions of {{exporter}}. Whether they find anything, the preview in Grafana’s rule editor shows.',
              { exporter: profile.name, ...PLAIN }
            ),
          },
        ];
      }
      const missing = rule.lint(names.values).map((finding): Finding => ({
        tone: 'bad',
        text:
          finding.needs === undefined
            ? t('alert.missing', 'Prometheus has no {{metric}}: without it this rule never fires.', {
                metric: finding.missing,
                ...PLAIN,
              })
            : t('alert.missing-needs', 'Prometheus has no {{metric}}: without it this rule never fires. It needs', {
                metric: finding.missing,
                ...PLAIN,
              }),
        ...(finding.needs === undefined ? {} : { code: finding.needs }),
      }));
      const none: Finding[] = found
        ? []
        : [
            {
              tone: 'bad',
              text: t(
                'alert.no-exporter',
                'Prometheus has no metrics that Runlane knows. Scrape the task store or one of the exporters listed.'
              ),
            },
          ];
      return missing.length > 0
        ? [...none, ...missing]
        : [
            {
              tone: 'good',
              text: t('alert.complete', 'Prometheus has the metrics that this rule needs, from {{exporter}}.', {
                exporter: profile.name,
                ...PLAIN,
              }),
            },
          ];
    }
  }
}

function sourceFindings(subject: AlertSubject, { sources, inSource }: Suggestions): Finding[] {
  if (sources === undefined) {
    return [];
  }
  if (sources.length === 0) {
    return [
      {
        tone: 'bad',
        text: t('alert.unknown-name', 'Prometheus does not know this name yet. The rule cannot fire before it does.'),
      },
    ];
  }
  if (inSource || (subject.source === undefined && sources.length === 1)) {
    return [];
  }
  const named = sources.slice(0, MOST_NAMED).join(t('alert.list-separator', ', '));
  return [
    {
      tone: 'plain',
      text: t('alert.all-sources', 'The rule looks at every source in which Prometheus knows this name: {{sources}}.', {
        sources: sources.length > MOST_NAMED ? `${named} …` : named,
        ...PLAIN,
      }),
    },
  ];
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({
    listStyle: 'none',
    margin: theme.spacing(0, 0, 2),
    padding: 0,
    display: 'grid',
    gap: theme.spacing(0.75),
  }),
  item: css({
    display: 'flex',
    gap: theme.spacing(1),
    alignItems: 'baseline',
    overflowWrap: 'anywhere',
    svg: { flex: 'none', transform: 'translateY(2px)' },
  }),
  good: css({ color: theme.colors.success.text }),
  bad: css({ color: theme.colors.warning.text }),
  plain: css({ color: theme.colors.text.secondary }),
});
