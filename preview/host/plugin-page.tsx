import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { PageLayoutType } from '@grafana/data';
import type { PluginPageProps } from '@grafana/runtime';
import { Tab, TabsBar, useStyles2 } from '@grafana/ui';

/** The frame of an app's page: its title, its tabs, what it shows. */
export function PluginPage({ pageNav, renderTitle, subTitle, info, actions, children, layout }: PluginPageProps) {
  const styles = useStyles2(getStyles);
  if (layout === PageLayoutType.Canvas || layout === PageLayoutType.Custom) {
    return <div className={styles.page}>{children}</div>;
  }
  const tabs = (pageNav?.children ?? []).filter(({ hideFromTabs }) => hideFromTabs !== true);
  return (
    <div className={styles.page}>
      {pageNav !== undefined && (
        <header className={styles.header}>
          {renderTitle?.(pageNav.text) ?? <h1 className={styles.title}>{pageNav.text}</h1>}
          <div className={styles.info}>
            {info?.map(({ label, value }) => (
              <span key={label}>
                {label}: {value}
              </span>
            ))}
            {actions}
          </div>
        </header>
      )}
      {(subTitle ?? pageNav?.subTitle) !== undefined && (
        <div className={styles.subTitle}>{subTitle ?? pageNav?.subTitle}</div>
      )}
      {tabs.length > 0 && (
        <TabsBar>
          {tabs.map(({ text, url, active }) => (
            <Tab key={text} label={text} href={url} active={active} />
          ))}
        </TabsBar>
      )}
      <div className={styles.content}>{children}</div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({
    padding: theme.spacing(2),
    display: 'flex',
    flexDirection: 'column',
    flexGrow: 1,
    gap: theme.spacing(1),
  }),
  header: css({ display: 'flex', justifyContent: 'space-between', flexWrap: 'wrap', gap: theme.spacing(2) }),
  title: css({ margin: 0 }),
  info: css({ display: 'flex', gap: theme.spacing(2), alignItems: 'center' }),
  subTitle: css({ color: theme.colors.text.secondary }),
  content: css({ display: 'flex', flexDirection: 'column', flexGrow: 1, paddingTop: theme.spacing(1) }),
});
