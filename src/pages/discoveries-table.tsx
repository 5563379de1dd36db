import { dateTimeFormatTimeAgo } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Badge, useStyles2 } from '@grafana/ui';
import React from 'react';
import type { DiscoveryStatus } from '../model/source-status';
import { getTableStyles } from './collected-table';

/** The lists in which a task store finds what it reads: how many sources each gave, and what is wrong with it. */
export function DiscoveriesTable({ discoveries }: { discoveries: readonly DiscoveryStatus[] }) {
  const styles = useStyles2(getTableStyles);
  return (
    <table className={styles.table}>
      <caption className={styles.caption}>
        <Trans i18nKey="app.discovery.caption">It finds systems to read in these lists:</Trans>
      </caption>
      <thead>
        <tr>
          <th scope="col">{t('app.discovery.list', 'List')}</th>
          <th scope="col">{t('app.discovery.where', 'Where')}</th>
          <th scope="col">{t('app.discovery.last-good', 'Last sound')}</th>
          <th scope="col">{t('app.discovery.found', 'Sources')}</th>
          <th scope="col">{t('app.discovery.left-out', 'What is not read')}</th>
        </tr>
      </thead>
      <tbody>
        {discoveries.map(({ name, where, up, lastGoodAt, lastError, found, notices }) => (
          <tr key={name}>
            <th scope="row">
              {name} {up === false && <Badge color="red" text={t('app.discovery.broken', 'broken')} />}
            </th>
            <td>{where}</td>
            <td>{lastGoodAt === undefined ? t('app.collected.never', 'never') : dateTimeFormatTimeAgo(lastGoodAt)}</td>
            <td>{found}</td>
            <td>
              <ul className={styles.list}>
                {up === false && lastError !== undefined && <li className={styles.error}>{lastError.message}</li>}
                {notices.map((notice) => (
                  <li key={notice} className={styles.quiet}>
                    {notice}
                  </li>
                ))}
              </ul>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
