import React, { useMemo } from 'react';
import { css } from '@emotion/css';
import { PluginContextProvider } from '@grafana/data';
import type { GrafanaTheme2, KeyValue } from '@grafana/data';
import { Alert, LinkButton, LoadingPlaceholder, Tab, TabContent, TabsBar, useStyles2 } from '@grafana/ui';
import { useLocation, useParams } from 'react-router';
import { useAppPlugin } from './app-plugin';

/** `/plugins/<app>`: the app's configuration pages. What is saved is kept until the preview ends. */
export function AppConfigPage() {
  const { id = '' } = useParams();
  const { search } = useLocation();
  const styles = useStyles2(getStyles);
  const app = useAppPlugin(id);
  const query = useMemo(() => Object.fromEntries(new URLSearchParams(search)) as KeyValue, [search]);

  if (app !== undefined && 'problem' in app) {
    return (
      <Alert severity="error" title={`The plugin "${id}" cannot be shown`}>
        {app.problem}
      </Alert>
    );
  }
  if (app === undefined) {
    return <LoadingPlaceholder text="Loading plugin …" />;
  }
  const { meta, plugin } = app;
  const pages = plugin.configPages ?? [];
  const page = pages.find((one) => one.id === query['page']) ?? pages[0];
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h1>{meta.name}</h1>
        <LinkButton variant="secondary" href={`/a/${id}`}>
          Open
        </LinkButton>
      </header>
      <p className={styles.note}>{meta.info.description}</p>
      {page === undefined ? (
        <Alert severity="info" title="This plugin has no configuration page." />
      ) : (
        <>
          <TabsBar>
            {pages.map((one) => (
              <Tab
                key={one.id}
                label={one.title}
                icon={one.icon}
                active={one === page}
                href={`/plugins/${id}?page=${one.id}`}
              />
            ))}
          </TabsBar>
          <TabContent className={styles.content}>
            <PluginContextProvider meta={meta}>
              <page.body plugin={plugin} query={query} />
            </PluginContextProvider>
          </TabContent>
        </>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ padding: theme.spacing(3) }),
  header: css({ display: 'flex', justifyContent: 'space-between', alignItems: 'center' }),
  note: css({ color: theme.colors.text.secondary }),
  content: css({ paddingTop: theme.spacing(2), background: 'transparent' }),
});
