import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { config } from '@grafana/runtime';
import { Alert, LinkButton, TagList, useStyles2 } from '@grafana/ui';
import { STAND_IN_DATA_SOURCES } from '../../stand-in-names';
import { useContents } from '../contents';
import type { Contents } from '../contents';

/** What there is to see, and which files could not be read. */
export function StartPage() {
  const styles = useStyles2(getStyles);
  const { dashboards, apps, dataSources, problems } = useContents();
  return (
    <div className={styles.page}>
      <h1>Runlane preview — not Grafana</h1>
      <p className={styles.lead}>
        Runlane’s real plugins and dashboards, shown without Grafana. Panels marked <i>stand-in</i> (≈ where there is
        little room) are likenesses of Grafana’s own panels; everything that bears Runlane’s name is the real thing.
      </p>
      {problems.map(({ file, line, message }) => (
        <Alert
          key={`${file} ${message}`}
          severity="error"
          title={`${file}${line === undefined ? '' : `, line ${line}`}`}
        >
          {message} The other files are shown.
        </Alert>
      ))}
      <section aria-labelledby="dashboards">
        <h2 id="dashboards">Dashboards</h2>
        {dashboards.length === 0 && <p>None was found in provisioning/dashboards/.</p>}
        <ul className={styles.list}>
          {inOwnLanguageFirst(dashboards).map(({ uid, title, tags }) => (
            <li key={uid} className={styles.item}>
              <a href={`/d/${encodeURIComponent(uid)}`} className={styles.title}>
                {title}
              </a>
              <TagList tags={tags} />
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="apps">
        <h2 id="apps">App</h2>
        {apps.length === 0 && <p>No plugin was found in dist/. Run npm run build.</p>}
        <ul className={styles.list}>
          {apps.map(({ id, name }) => (
            <li key={id} className={styles.item}>
              <a href={`/a/${id}`} className={styles.title}>
                {name}
              </a>
              <LinkButton size="sm" variant="secondary" fill="text" icon="cog" href={`/plugins/${id}`}>
                Configuration
              </LinkButton>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="data-sources">
        <h2 id="data-sources">Data sources</h2>
        {dataSources.length === 0 && <p>None was found in provisioning/datasources/.</p>}
        <ul className={styles.list}>
          {dataSources.map(({ uid, name, type, shown }) =>
            shown ? (
              <li key={uid} className={styles.item}>
                <a href={`/connections/datasources/edit/${encodeURIComponent(uid)}`} className={styles.title}>
                  {name}
                </a>
                <span className={styles.note}>{type}</span>
                <LinkButton
                  size="sm"
                  variant="secondary"
                  fill="text"
                  icon="compass"
                  href={`/explore?ds=${encodeURIComponent(uid)}`}
                >
                  Query
                </LinkButton>
              </li>
            ) : (
              <li key={uid} className={styles.item}>
                <span>{name}</span>
                <span className={styles.note}>
                  {STAND_IN_DATA_SOURCES[type] === undefined
                    ? `${type}: in Grafana only`
                    : `${type}: Runlane reads it here too; its own pages are in Grafana only`}
                </span>
              </li>
            )
          )}
        </ul>
      </section>
    </div>
  );
}

/** The same dashboards exist per language; a tag says which. */
function inOwnLanguageFirst(dashboards: Contents['dashboards']): Contents['dashboards'] {
  const own = (tags: readonly string[]) => tags.includes('zh-Hans') === (config.bootData.user.language === 'zh-Hans');
  return [...dashboards].sort((a, b) => Number(own(b.tags)) - Number(own(a.tags)));
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ padding: theme.spacing(3), maxWidth: 960 }),
  lead: css({ color: theme.colors.text.secondary }),
  list: css({ listStyle: 'none', marginBottom: theme.spacing(3) }),
  item: css({
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: theme.spacing(2),
    padding: theme.spacing(1, 2),
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
  }),
  title: css({ color: theme.colors.text.link, fontWeight: theme.typography.fontWeightMedium }),
  note: css({ color: theme.colors.text.secondary }),
});
