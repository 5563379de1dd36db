import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { Badge, Button, LinkButton, LoadingPlaceholder, TextLink, useStyles2 } from '@grafana/ui';
import React, { useEffect, useState } from 'react';
import { SYSTEMS } from '../connectors/index';
import { CollectedTable } from './collected-table';
import { DiscoveriesTable } from './discoveries-table';
import { connectedSources, DATA_SOURCE_TYPE } from './connected-sources';
import type { ConnectedSource } from './connected-sources';

/** "What is connected, what is missing, where do I look?" */
export function StartPage() {
  const styles = useStyles2(getStyles);
  const [sources, setSources] = useState<ConnectedSource[]>(connectedSources);

  return (
    <PluginPage>
      <div className={styles.page}>
        <p className={styles.lead}>
          <Trans i18nKey="app.start.lead">
            Runlane shows what asynchronous tasks do, whatever runs them: which are waiting, running, completed or
            failing, since when and why.
          </Trans>
        </p>

        <section aria-labelledby="runlane-connected">
          <div className={styles.heading}>
            <h2 id="runlane-connected">
              <Trans i18nKey="app.start.connected">Connected</Trans>
            </h2>
            {sources.length > 0 && (
              <Button variant="secondary" size="sm" icon="sync" onClick={() => setSources(connectedSources())}>
                {t('app.start.ask-again', 'Ask again')}
              </Button>
            )}
          </div>
          {sources.length === 0 ? (
            <p>
              <Trans i18nKey="app.start.nothing">
                Nothing yet. Add a Runlane data source and enter the address of your task store, or choose the
                Prometheus data source that you have.
              </Trans>
            </p>
          ) : (
            <ul className={styles.list}>
              {sources.map((source) => (
                <SourceRow key={source.settings.uid} source={source} />
              ))}
            </ul>
          )}
          <LinkButton
            variant={sources.length === 0 ? 'primary' : 'secondary'}
            icon="plus"
            href={`/connections/datasources/${DATA_SOURCE_TYPE}`}
          >
            {t('app.start.add', 'Add a data source')}
          </LinkButton>
          <p className={styles.after}>
            {t('app.start.systems', 'This version reads: {{systems}}.', {
              systems: SYSTEMS.map((system) => system.name).join(', '),
            })}{' '}
            <Trans i18nKey="app.start.how-in">
              Programs get into the store with runlane run -- command, or by sending events to it.
            </Trans>
          </p>
        </section>

        <section aria-labelledby="runlane-dashboards">
          <h2 id="runlane-dashboards">
            <Trans i18nKey="app.start.dashboards">Dashboards</Trans>
          </h2>
          <ul className={styles.list}>
            {[...dashboards(), ...systemDashboards()].map(({ uid, title, about }) => (
              <li key={uid} className={styles.row}>
                <TextLink href={`/d/${uid}`} inline={false}>
                  {title}
                </TextLink>
                <span className={styles.quiet}>{about}</span>
              </li>
            ))}
          </ul>
        </section>

        <section aria-labelledby="runlane-alerting">
          <h2 id="runlane-alerting">
            <Trans i18nKey="app.start.alerting">Alerting</Trans>
          </h2>
          <p>
            <Trans i18nKey="app.start.alerting-text">
              Grafana evaluates alert rules on its server; a Runlane data source works in the browser, so no alert rule
              can use it. The task store gives the same figures to Prometheus at /metrics: make alert rules on your
              Prometheus data source.
            </Trans>
          </p>
          <LinkButton variant="secondary" icon="bell" href="/alerting/list">
            {t('app.start.alert-rules', 'Alert rules')}
          </LinkButton>
        </section>
      </div>
    </PluginPage>
  );
}

function SourceRow({ source }: { source: ConnectedSource }) {
  const styles = useStyles2(getStyles);
  const { settings } = source;
  const health = useAnswer(source.health);
  const { sources = [], discoveries = [] } = useAnswer(source.collected) ?? {};

  return (
    <li className={styles.row}>
      <span className={styles.name}>
        <TextLink href={`/connections/datasources/edit/${encodeURIComponent(settings.uid)}`} inline={false}>
          {settings.name}
        </TextLink>
        {health !== undefined && (
          <Badge
            color={health.ok ? 'green' : 'red'}
            icon={health.ok ? 'check' : 'exclamation-triangle'}
            text={health.ok ? t('app.start.answers', 'answers') : t('app.start.does-not-answer', 'does not answer')}
          />
        )}
      </span>
      {health === undefined ? (
        <LoadingPlaceholder text={t('app.start.asking', 'Asking…')} />
      ) : (
        <span className={styles.quiet}>{health.message}</span>
      )}
      {sources.length > 0 && <CollectedTable sources={sources} />}
      {discoveries.length > 0 && <DiscoveriesTable discoveries={discoveries} />}
    </li>
  );
}

/** What was answered to the question that is asked now; nothing before that. */
function useAnswer<T>(asked: Promise<T>): T | undefined {
  const [answer, setAnswer] = useState<{ to: Promise<T>; is: T }>();
  useEffect(() => {
    let gone = false;
    void asked.then((is) => {
      if (!gone) {
        setAnswer({ to: asked, is });
      }
    });
    return () => {
      gone = true;
    };
  }, [asked]);
  return answer?.to === asked ? answer.is : undefined;
}

function dashboards() {
  return [
    {
      uid: 'runlane-overview',
      title: t('app.dashboard.overview', 'Overview'),
      about: t('app.dashboard.overview-about', 'Is it healthy, what broke, since when?'),
    },
    {
      uid: 'runlane-timeline',
      title: t('app.dashboard.timeline', 'Timeline'),
      about: t('app.dashboard.timeline-about', 'Every run on one time axis'),
    },
    {
      uid: 'runlane-task-run',
      title: t('app.dashboard.task-run', 'Task run'),
      about: t('app.dashboard.task-run-about', 'One run: attempts, state changes, CPU and memory, error'),
    },
    {
      uid: 'runlane-workers',
      title: t('app.dashboard.workers', 'Workers and resources'),
      about: t('app.dashboard.workers-about', 'Who works on what, and what it costs'),
    },
    {
      uid: 'runlane-resources',
      title: t('app.dashboard.resources', 'Resources'),
      about: t('app.dashboard.resources-about', 'CPU and memory now and over time, and who uses most'),
    },
    {
      uid: 'runlane-slo',
      title: t('app.dashboard.slo', 'SLO board'),
      about: t('app.dashboard.slo-about', 'P99, runs per second, health, error budget'),
    },
    {
      uid: 'runlane-alerts',
      title: t('app.dashboard.alerts', 'Alerts'),
      about: t('app.dashboard.alerts-about', 'What fires, what fired, and what is behind it'),
    },
  ];
}

/** About one kind of system each. */
function systemDashboards() {
  return [
    {
      uid: 'runlane-celery',
      title: 'Celery',
      about: t('app.dashboard.celery-about', 'Workers alive or silent, queues, failures by cause, retries'),
    },
    {
      uid: 'runlane-airflow',
      title: 'Airflow',
      about: t('app.dashboard.airflow-about', 'Tasks in their schedule, tries, pools, what is up for retry'),
    },
    {
      uid: 'runlane-dagster',
      title: t('app.dashboard.dagster', 'Dagster (assets)'),
      about: t('app.dashboard.dagster-about', 'Freshness and checks of assets, runs and steps, daemons'),
    },
    {
      uid: 'runlane-processes',
      title: t('app.dashboard.processes', 'Processes (PM2, Supervisor, systemd)'),
      about: t('app.dashboard.processes-about', 'What runs, what exited and how, restarts, CPU and memory'),
    },
    {
      uid: 'runlane-kubernetes',
      title: t('app.dashboard.kubernetes', 'Kubernetes jobs'),
      about: t(
        'app.dashboard.kubernetes-about',
        'Jobs and CronJobs that failed, with the reason, and what runs too long'
      ),
    },
  ];
}

function getStyles(theme: GrafanaTheme2) {
  return {
    page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(4), maxWidth: 880 }),
    lead: css({ fontSize: theme.typography.h5.fontSize, color: theme.colors.text.secondary, margin: 0 }),
    heading: css({
      display: 'flex',
      alignItems: 'center',
      gap: theme.spacing(2),
      marginBottom: theme.spacing(1),
      h2: { margin: 0 },
    }),
    list: css({ listStyle: 'none', margin: 0, marginBottom: theme.spacing(2), padding: 0 }),
    row: css({
      display: 'flex',
      flexDirection: 'column',
      gap: theme.spacing(0.5),
      padding: theme.spacing(1, 0),
      borderBottom: `1px solid ${theme.colors.border.weak}`,
      overflowWrap: 'anywhere',
    }),
    name: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1) }),
    quiet: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
    after: css({
      marginTop: theme.spacing(1),
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
    }),
  };
}
