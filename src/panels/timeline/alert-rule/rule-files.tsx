import React, { useId, useMemo, useState } from 'react';
import { css } from '@emotion/css';
import { locationUtil, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { config } from '@grafana/runtime';
import { ClipboardButton, LinkButton, Tab, TabsBar, useStyles2 } from '@grafana/ui';
import type { Suggestion } from '../../../alerting/suggest-rule';
import { editorLosesQueries } from './rule-editor';

type Form = 'grafana' | 'prometheus';

/** The rule in both tools' words, each to be copied, and the way into Grafana's rule editor. */
export function RuleFiles({ rule, canOpen }: { rule: Suggestion; canOpen: boolean }) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const [form, setForm] = useState<Form>('grafana');
  const losesQueries = editorLosesQueries(config.buildInfo.version);
  const text = useMemo(() => (form === 'grafana' ? rule.grafanaYaml() : rule.prometheusYaml()), [rule, form]);
  const names: Readonly<Record<Form, string>> = {
    grafana: t('alert.grafana', 'Grafana provisioning'),
    prometheus: t('alert.prometheus-form', 'Prometheus rules'),
  };
  return (
    <>
      <TabsBar>
        {(['grafana', 'prometheus'] as const).map((one) => (
          <Tab
            key={one}
            id={`${id}-${one}`}
            aria-controls={`${id}-text`}
            label={names[one]}
            active={form === one}
            onChangeTab={() => setForm(one)}
          />
        ))}
      </TabsBar>
      <pre
        id={`${id}-text`}
        className={styles.text}
        role="tabpanel"
        aria-labelledby={`${id}-${form}`}
        // Scrolls, so the keyboard must reach it.
        tabIndex={0}
      >
        {text}
      </pre>
      <div className={styles.buttons}>
        <ClipboardButton icon="copy" variant="secondary" getText={() => text}>
          {t('alert.copy', 'Copy {{what}}', { what: names[form] })}
        </ClipboardButton>
        {canOpen && losesQueries && (
          <ClipboardButton icon="copy" variant="secondary" getText={() => rule.rule.expr}>
            {t('alert.copy-query', 'Copy the query')}
          </ClipboardButton>
        )}
        {canOpen && !losesQueries && (
          <LinkButton
            icon="external-link-alt"
            href={locationUtil.assureBaseUrl(rule.editorLink())}
            target="_blank"
            rel="noopener noreferrer"
          >
            {t('alert.open', 'Open in Grafana’s rule editor')}
          </LinkButton>
        )}
      </div>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  text: css({
    height: 260,
    margin: theme.spacing(1, 0),
    padding: theme.spacing(1),
    overflow: 'auto',
    whiteSpace: 'pre',
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  buttons: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
});
