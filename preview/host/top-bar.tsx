import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { config } from '@grafana/runtime';
import { IconButton, RadioButtonGroup, useStyles2 } from '@grafana/ui';

export function TopBar() {
  const styles = useStyles2(getStyles);
  const { theme, language } = config.bootData.user;
  return (
    <header className={styles.bar}>
      <a href="/" className={styles.name}>
        Runlane preview
      </a>
      <span className={styles.note} data-testid="preview-label">
        not Grafana — its open-source libraries, version {config.buildInfo.version}, around Runlane’s real plugins
      </span>
      <span className={styles.space} />
      <RadioButtonGroup
        size="sm"
        aria-label="Language"
        value={language}
        options={[
          { value: 'en-US', label: 'English' },
          { value: 'zh-Hans', label: '简体中文' },
        ]}
        onChange={(value) => reloadWith('lang', value)}
      />
      <IconButton
        name="palette"
        tooltip={theme === 'dark' ? 'Switch to light theme' : 'Switch to dark theme'}
        onClick={() => reloadWith('theme', theme === 'dark' ? 'light' : 'dark')}
      />
    </header>
  );
}

/** Theme and language are read once, before any plugin: another choice loads the page anew. */
function reloadWith(name: string, value: string): void {
  const url = new URL(location.href);
  url.searchParams.set(name, value);
  location.assign(url);
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: theme.spacing(1),
    padding: theme.spacing(0.75, 2),
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
  }),
  name: css({ fontWeight: theme.typography.fontWeightMedium }),
  note: css({ ...theme.typography.bodySmall, color: theme.colors.text.secondary }),
  space: css({ flexGrow: 1 }),
});
