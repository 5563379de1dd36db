import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { getBackendSrv } from '@grafana/runtime';
import { Alert, Button, LinkButton } from '@grafana/ui';
import React, { useState } from 'react';
import { lastValueFrom } from 'rxjs';

type Props = PluginConfigPageProps<AppPluginMeta>;

/** Enables and disables the app. Its data source and panels work only while it is enabled. */
export function ConfigPage({ plugin }: Props) {
  const { id, enabled, jsonData } = plugin.meta;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const save = async (on: boolean) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await lastValueFrom(
        getBackendSrv().fetch({
          url: `/api/plugins/${encodeURIComponent(id)}/settings`,
          method: 'POST',
          data: { enabled: on, pinned: on, jsonData },
          showErrorAlert: false,
        })
      );
      // Grafana reads which plugins are enabled only when the page is loaded.
      globalThis.location.reload();
    } catch (error) {
      const status = (error as { status?: number } | undefined)?.status;
      setProblem(
        status === 403
          ? t('app.config.forbidden', 'Only an administrator of the organisation may change this.')
          : t('app.config.failed', 'Grafana did not take the change (status {{status}}). Try again, or see its log.', {
              status: status ?? '–',
            })
      );
      setBusy(false);
    }
  };

  return (
    <>
      {problem !== undefined && (
        <Alert severity="error" title={t('app.config.not-saved', 'Not saved')}>
          {problem}
        </Alert>
      )}
      {enabled === true ? (
        <>
          <p>
            <Trans i18nKey="app.config.enabled">
              Runlane is enabled. Its data source and its timeline and health panels can be used.
            </Trans>
          </p>
          <LinkButton href={`/a/${id}`}>{t('app.config.start', 'Go to the start page')}</LinkButton>{' '}
          <Button variant="secondary" disabled={busy} onClick={() => void save(false)}>
            {t('app.config.disable', 'Disable')}
          </Button>
        </>
      ) : (
        <>
          <p>
            <Trans i18nKey="app.config.disabled">
              Runlane is not enabled. Until it is, Grafana hides its data source and its panels.
            </Trans>
          </p>
          <Button disabled={busy} onClick={() => void save(true)}>
            {t('app.config.enable', 'Enable')}
          </Button>
        </>
      )}
    </>
  );
}
