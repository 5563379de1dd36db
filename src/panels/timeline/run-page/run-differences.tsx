import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { OneRun } from '../../../frames/one-run';
import type { RunDifference } from '../../../model/answer';
import { countText, PLAIN } from '../words';
import { sayFigure } from './figures';
import { Section } from './section';
import { pageOfRow } from './seen';

/** In what the run was not as the last good one: only that, the most telling first. */
export function RunDifferences({ run }: { run: OneRun }) {
  const styles = useStyles2(getStyles);
  const { differences, others } = run;
  const title = t('run.differences', 'What differs from the last good run');
  if (others.lastGood === undefined) {
    return (
      <Section title={title}>
        <p className={styles.none}>{t('run.no-good', 'No good run of this task before it is known')}</p>
      </Section>
    );
  }
  const href = pageOfRow(run, others.lastGood);
  return (
    <Section title={title}>
      {differences.length === 0 ? (
        <p className={styles.none}>
          {t(
            'run.no-difference',
            'Nothing that is known: neither where it ran, nor what it was given, nor what it used'
          )}
        </p>
      ) : (
        <ol className={styles.list}>
          {differences.map((difference) => (
            <li key={difference.fact}>
              <span className={styles.fact}>{factName(difference.fact)}</span>
              <span className={styles.own}>{say(difference.fact, difference.own)}</span>
              <span className={styles.good}>
                {t('run.before-it-was', 'was {{value}}', { value: say(difference.fact, difference.good), ...PLAIN })}
                {' · '}
                {seenText(difference)}
              </span>
            </li>
          ))}
        </ol>
      )}
      {href !== undefined && (
        <a className={styles.link} href={href}>
          {t('run.open-good', 'Open the last good run')}
        </a>
      )}
    </Section>
  );
}

function seenText({ seen, of, fact }: RunDifference): string {
  const counts = { seen: countText(seen), of: countText(of) };
  return MEASURES.has(fact)
    ? t('run.seen-as-far', '{{seen}} of the last {{of}} good runs were as far out', counts)
    : t('run.seen', '{{seen}} of the last {{of}} good runs were like this', counts);
}

const MEASURES: ReadonlySet<string> = new Set(['wait', 'duration', 'cpuSeconds', 'maxRssBytes', 'attempt']);

function say(fact: string, value: string | number | undefined): string {
  if (value === undefined) {
    return t('run.nothing', 'not set');
  }
  return typeof value === 'number' ? sayFigure(fact, value) : value;
}

function factName(fact: string): string {
  switch (fact) {
    case 'worker':
      return t('fact.worker', 'Worker');
    case 'host':
      return t('fact.host', 'Host');
    case 'queue':
      return t('fact.queue', 'Queue');
    case 'args':
      return t('fact.args', 'Arguments');
    case 'maxAttempts':
      return t('run.attempts-allowed', 'Attempts allowed');
    case 'memoryLimitBytes':
      return t('run.memory-limit', 'Memory limit');
    case 'cpuLimitCores':
      return t('run.cpu-limit', 'CPU limit');
    case 'wait':
      return t('fact.waited', 'Waited');
    case 'duration':
      return t('fact.ran', 'Ran');
    case 'cpuSeconds':
      return t('fact.cpu', 'CPU time');
    case 'maxRssBytes':
      return t('fact.memory', 'Peak memory');
    case 'attempt':
      return t('fact.attempt-label', 'Attempt');
    default:
      return fact.replace(/^label:/, '');
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({
    margin: 0,
    padding: 0,
    listStyle: 'none',
    li: { padding: '4px 0', borderBottom: `1px solid ${theme.colors.border.weak}` },
    'li > span': { display: 'block', overflowWrap: 'anywhere' },
  }),
  fact: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  own: css({ fontWeight: theme.typography.fontWeightMedium, maxHeight: 66, overflow: 'auto' }),
  good: css({
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    maxHeight: 66,
    overflow: 'auto',
  }),
  none: css({ color: theme.colors.text.secondary, margin: 0 }),
  link: css({
    color: theme.colors.text.link,
    display: 'inline-block',
    marginTop: 6,
    '&:hover': { textDecoration: 'underline' },
  }),
});
