import React, { useEffect, useState } from 'react';
import { css } from '@emotion/css';
import { PluginContextProvider } from '@grafana/data';
import type {
  DataSourceApi,
  DataSourceInstanceSettings,
  DataSourcePlugin,
  DataSourceSettings,
  GrafanaTheme2,
} from '@grafana/data';
import { config, getBackendSrv } from '@grafana/runtime';
import { Alert, Button, Field, Input, LinkButton, LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { useParams } from 'react-router';
import type { PreviewDataSourceService } from '../data-source-service';
import { loadDataSourcePlugin } from '../plugin-loader';

interface TestResult {
  status: string;
  message: string;
  details?: { message?: string; verboseMessage?: string };
}

/** `/connections/datasources/edit/<uid>`: the plugin's own config editor, with Save & test. */
export function DataSourcePage({ dataSources }: { dataSources: PreviewDataSourceService }) {
  const { uid = '' } = useParams();
  const styles = useStyles2(getStyles);
  const [settings, setSettings] = useState<DataSourceSettings>();
  const [plugin, setPlugin] = useState<DataSourcePlugin<DataSourceApi>>();
  const [failed, setFailed] = useState<string>();
  const [result, setResult] = useState<TestResult>();
  const [testing, setTesting] = useState(false);

  useEffect(() => {
    setResult(undefined);
    getBackendSrv()
      .get<DataSourceSettings>(`/api/datasources/uid/${encodeURIComponent(uid)}`)
      .then(async (found) => {
        setPlugin(await loadDataSourcePlugin(found.type));
        setSettings(found);
      })
      .catch((error: { data?: { message?: string }; message?: string }) =>
        setFailed(error.data?.message ?? error.message ?? String(error))
      );
  }, [uid]);

  const saveAndTest = async () => {
    if (settings === undefined) {
      return;
    }
    setTesting(true);
    try {
      const { datasource } = await getBackendSrv().put<{ datasource: DataSourceSettings }>(
        `/api/datasources/uid/${encodeURIComponent(uid)}`,
        settings
      );
      setSettings(datasource);
      const known = Object.values(config.datasources).find((one) => one.uid === uid);
      dataSources.replace({
        ...known,
        name: datasource.name,
        jsonData: datasource.jsonData,
      } as DataSourceInstanceSettings);
      const instance = await dataSources.get({ uid });
      setResult((await instance.testDatasource()) as TestResult);
    } catch (error) {
      const known = error as { message?: string; data?: { message?: string } };
      setResult({ status: 'error', message: known.message ?? known.data?.message ?? String(error) });
    } finally {
      setTesting(false);
    }
  };

  if (failed !== undefined) {
    return (
      <Alert severity="error" title="This data source cannot be shown">
        {failed}
      </Alert>
    );
  }
  const meta = Object.values(config.datasources).find((one) => one.uid === uid)?.meta;
  if (settings === undefined || plugin === undefined || meta === undefined) {
    return <LoadingPlaceholder text="Loading data source …" />;
  }
  const Editor = plugin.components.ConfigEditor;
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h1>{settings.name}</h1>
        <LinkButton variant="secondary" icon="compass" href={`/explore?ds=${encodeURIComponent(uid)}`}>
          Query
        </LinkButton>
      </header>
      <p className={styles.note}>Type: {meta.name}. In the preview, what you save is kept until it ends.</p>
      <Field label="Name">
        <Input
          id="basic-settings-name"
          data-testid="data-testid Data source settings page name input field"
          value={settings.name}
          width={40}
          onChange={({ currentTarget }) => setSettings({ ...settings, name: currentTarget.value })}
        />
      </Field>
      {Editor === undefined ? (
        <Alert severity="info" title="This data source has no config editor." />
      ) : (
        <PluginContextProvider meta={meta}>
          <Editor options={settings} onOptionsChange={(next: DataSourceSettings) => setSettings(next)} />
        </PluginContextProvider>
      )}
      {result !== undefined && (
        <Alert
          severity={result.status === 'success' || result.status === 'OK' ? 'success' : 'error'}
          title={result.message}
          data-testid="data-testid Alert"
        >
          {result.details?.message}
          {result.details?.verboseMessage !== undefined && <pre>{result.details.verboseMessage}</pre>}
        </Alert>
      )}
      <Button
        data-testid="data-testid Data source settings page Save and Test button"
        disabled={testing}
        onClick={() => void saveAndTest()}
      >
        Save &amp; test
      </Button>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ padding: theme.spacing(3), maxWidth: 960 }),
  header: css({ display: 'flex', justifyContent: 'space-between', alignItems: 'center' }),
  note: css({ color: theme.colors.text.secondary }),
});
