import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { locationUtil, renderMarkdown } from '@grafana/data';
import { t } from '@grafana/i18n';
import { getBackendSrv, PluginPage } from '@grafana/runtime';
import { Alert, LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import React, { useEffect, useState } from 'react';
import { lastValueFrom } from 'rxjs';
import { asAppPage } from './runbook-path';

type Shown = { html: string } | { problem: string } | undefined;

/** What to do when a rule fires: a page of `docs/runbooks`, in the reader's language where there is one. */
export function RunbookPage({ name, baseUrl }: { name: string; baseUrl: string }) {
  const styles = useStyles2(getStyles);
  const [shown, setShown] = useState<Shown>();
  useEffect(() => {
    let stale = false;
    setShown(undefined);
    void readRunbook(name, baseUrl, document.documentElement.lang).then((result) => {
      if (!stale) {
        setShown(result);
      }
    });
    return () => {
      stale = true;
    };
  }, [name, baseUrl]);

  return (
    <PluginPage pageNav={{ text: name, parentItem: { text: t('app.runbook.title', 'Runbooks') } }}>
      {shown === undefined ? (
        <LoadingPlaceholder text={t('app.runbook.loading', 'Opening the runbook…')} />
      ) : 'problem' in shown ? (
        <Alert severity="warning" title={t('app.runbook.none', 'There is no runbook "{{name}}"', { name })}>
          {shown.problem}
        </Alert>
      ) : (
        // `renderMarkdown` sanitises; the text is a file of this plugin.
        <div className={`markdown-html ${styles.page}`} dangerouslySetInnerHTML={{ __html: shown.html }} />
      )}
    </PluginPage>
  );
}

async function readRunbook(name: string, baseUrl: string, language: string): Promise<Exclude<Shown, undefined>> {
  const folder = /^zh\b/i.test(language) ? 'zh-Hans/' : '';
  const url = locationUtil.assureBaseUrl(`/${baseUrl.replace(/^\/+/, '')}/runbooks/${folder}${name}.md`);
  try {
    const { data } = await lastValueFrom(
      getBackendSrv().fetch<string>({
        url: /^https?:/.test(baseUrl) ? `${baseUrl}/runbooks/${folder}${name}.md` : url,
        responseType: 'text',
        showErrorAlert: false,
      })
    );
    return { html: renderMarkdown(asAppPage(data)) };
  } catch {
    return {
      problem: t('app.runbook.missing', 'This version brings no such page. See docs/runbooks of its source.'),
    };
  }
}

function getStyles(theme: GrafanaTheme2) {
  return {
    page: css({
      maxWidth: 860,
      lineHeight: theme.typography.body.lineHeight,
      'pre, code': { fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize },
      pre: { whiteSpace: 'pre-wrap' },
      h1: { fontSize: theme.typography.h3.fontSize },
      h2: { fontSize: theme.typography.h4.fontSize, marginTop: theme.spacing(3) },
      a: { color: theme.colors.text.link },
    }),
  };
}
