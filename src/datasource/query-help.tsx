import type { QueryEditorHelpProps } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Button, Stack } from '@grafana/ui';
import React from 'react';
import { viewChoices } from './choices';
import type { RunlaneQuery } from './query';

/** Examples that can be tried with a click, and what each view gives. */
export function QueryHelp({ onClickExample }: QueryEditorHelpProps<RunlaneQuery>) {
  const examples: Array<{ title: string; query: Omit<RunlaneQuery, 'refId'> }> = [
    {
      title: t('datasource.help.all', 'Everything on lanes, one per task'),
      query: { view: 'timeline', groupBy: 'task' },
    },
    {
      title: t('datasource.help.failed', 'Failed runs, newest first'),
      query: { view: 'runs', filter: { matches: [{ field: 'state', operator: '=', values: ['failed'] }] } },
    },
    {
      title: t('datasource.help.memory', 'Runs that ran out of memory or were lost'),
      query: { view: 'runs', filter: { matches: [{ field: 'state', operator: '=', values: ['oom', 'lost'] }] } },
    },
    {
      title: t('datasource.help.slow', '95th percentile of durations per task'),
      query: { view: 'durations', groupBy: 'task', frame: 'duration', columns: ['time', 'p95'] },
    },
    {
      title: t('datasource.help.regex', 'States of all tasks that begin with mail'),
      query: {
        view: 'states',
        groupBy: 'task',
        filter: { matches: [{ field: 'task', operator: '=~', values: ['mail.*'] }] },
      },
    },
    {
      title: t('datasource.help.trouble', 'Which tasks are in trouble, and why'),
      query: { view: 'health', groupBy: 'task', frame: 'trouble' },
    },
  ];
  return (
    <div>
      <h3>
        <Trans i18nKey="datasource.help.examples">Examples</Trans>
      </h3>
      <Stack direction="column" gap={0.5} alignItems="flex-start">
        {examples.map(({ title, query }) => (
          <Button
            key={title}
            variant="secondary"
            fill="text"
            size="sm"
            onClick={() => onClickExample({ refId: 'A', ...query })}
          >
            {title}
          </Button>
        ))}
      </Stack>
      <h3>
        <Trans i18nKey="datasource.help.views">Views</Trans>
      </h3>
      <dl>
        {viewChoices().map(({ value, label, description }) => (
          <React.Fragment key={value}>
            <dt>{label}</dt>
            <dd>{description}</dd>
          </React.Fragment>
        ))}
      </dl>
      <h3>
        <Trans i18nKey="datasource.help.filters">Filters</Trans>
      </h3>
      <p>
        <Trans i18nKey="datasource.help.filters-text">
          All filters must hold. Several values in one filter mean any of them. State takes states and details: failed,
          oom, lost, retrying. Regular expressions match the whole name. A variable with several values becomes several
          values, whatever characters they hold; a variable set to All leaves its filter out.
        </Trans>
      </p>
    </div>
  );
}
