import type { DataLink } from '@grafana/data';
import { t } from '@grafana/i18n';
import { RUN_FIELD } from '../frames/field-names';
import type { RunlaneSettings } from './settings';

/** What a link template may hold, and the field whose value is put in. */
export const LINK_PLACES: Readonly<Record<string, string>> = {
  traceId: 'traceId',
  spanId: 'spanId',
  runId: 'runId',
  task: 'task',
  worker: 'worker',
  host: 'host',
  queue: 'queue',
  source: 'source',
  attempt: 'attempt',
};

/** Dashboard that shows one run. */
const TASK_RUN_DASHBOARD = 'runlane-task-run';

/** The time of the run itself, whatever the range is in which it is shown. */
const OWN_TIME: Readonly<Record<'from' | 'to', string>> = {
  from: `\${__data.fields.${RUN_FIELD.ownFrom}}`,
  to: `\${__data.fields.${RUN_FIELD.ownTo}}`,
};

/** Links of run fields: the run's own page, and the user's trace and log systems. */
export function frameLinks(settings: RunlaneSettings, dataSourceUid: string): Record<string, DataLink[]> {
  const links: Record<string, DataLink[]> = {
    runId: [
      {
        title: t('datasource.link.run', 'Open run'),
        url:
          `/d/${TASK_RUN_DASHBOARD}?from=${OWN_TIME.from}&to=${OWN_TIME.to}&var-ds=${encodeURIComponent(dataSourceUid)}` +
          `&var-runId=${fieldText('runId')}&var-source=${fieldText('source')}`,
      },
    ],
  };
  if (isAddress(settings.logUrl)) {
    links.runId?.push({
      title: t('datasource.link.logs', 'Logs'),
      url: fillTemplate(settings.logUrl),
      targetBlank: true,
    });
  }
  if (isAddress(settings.traceUrl)) {
    links.traceId = [
      { title: t('datasource.link.trace', 'Trace'), url: fillTemplate(settings.traceUrl), targetBlank: true },
    ];
  }
  return links;
}

/** `${traceId}` becomes Grafana's own place for the field, encoded for a URL; `${from}` and `${to}` the run's own time in ms. */
export function fillTemplate(template: string): string {
  return template.replace(/\$\{(\w+)\}/g, (place, name: string) => {
    if (name === 'from' || name === 'to') {
      return OWN_TIME[name];
    }
    return Object.hasOwn(LINK_PLACES, name) ? fieldText(LINK_PLACES[name] ?? name) : place;
  });
}

/** What is wrong with a template, or `undefined`: no address, or a place that does not exist. */
export function templateProblem(template: string): string | undefined {
  if (template === '') {
    return undefined;
  }
  if (!isAddress(template)) {
    return t('datasource.link.no-address', 'Begin with http://, https:// or / (a page of this Grafana).');
  }
  const unknown = [...template.matchAll(/\$\{(\w*)\}/g)]
    .map((match) => match[1] ?? '')
    .find((name) => name !== 'from' && name !== 'to' && !Object.hasOwn(LINK_PLACES, name));
  return unknown === undefined
    ? undefined
    : t('datasource.link.unknown-place', 'There is no {{place}}. Known: {{known}}.', {
        place: `\${${unknown}}`,
        known: [...Object.keys(LINK_PLACES), 'from', 'to'].map((name) => `\${${name}}`).join(' '),
      });
}

/** Only pages, never `javascript:`. */
function isAddress(template: string | undefined): template is string {
  return template !== undefined && /^(https?:\/\/|\/(?!\/))/.test(template);
}

function fieldText(name: string): string {
  return `\${__data.fields.${name}:percentencode}`;
}
