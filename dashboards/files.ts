import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { airflow } from './airflow';
import { alerts } from './alerts';
import { celery } from './celery';
import { dagster } from './dagster';
import { kubernetes } from './kubernetes';
import { ENGLISH_DASHBOARDS, LANGUAGES, type Language } from './language';
import { overview } from './overview';
import { processes } from './processes';
import { resources } from './resources';
import { slo } from './slo';
import { taskRun } from './task-run';
import { timeline } from './timeline';
import { workers } from './workers';

type Json = { [key: string]: unknown };

const BUILDERS: ReadonlyArray<readonly [file: string, build: (language: Language) => DashboardBuilder]> = [
  ['overview.json', overview],
  ['timeline.json', timeline],
  ['task-run.json', taskRun],
  ['workers.json', workers],
  ['resources.json', resources],
  ['slo.json', slo],
  ['alerts.json', alerts],
  ['celery.json', celery],
  ['airflow.json', airflow],
  ['dagster.json', dagster],
  ['processes.json', processes],
  ['kubernetes.json', kubernetes],
];

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  path: string;
  dashboard: Json;
}

/** English goes into the plugin, other languages are mounted: docs/decisions says why. */
export function generatedFiles(): GeneratedFile[] {
  return LANGUAGES.flatMap((language) =>
    BUILDERS.map(([file, build]) => ({
      path:
        language === ENGLISH_DASHBOARDS ? `src/dashboards/${file}` : `provisioning/dashboards/${language.code}/${file}`,
      dashboard: classic(build(language)),
    }))
  );
}

/** The builder's object as plain classic JSON, without the defaults that would hide links in a menu. */
function classic(builder: DashboardBuilder): Json {
  const dashboard = builder.build();
  for (const panel of dashboard.panels ?? []) {
    if ('fieldConfig' in panel && panel.fieldConfig) {
      panel.fieldConfig.overrides = panel.fieldConfig.overrides.filter(({ properties }) => properties.length > 0);
    }
  }
  const json = JSON.parse(JSON.stringify(dashboard)) as Json;
  return { ...(withoutMenuPlacement(json) as Json), id: null };
}

function withoutMenuPlacement(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutMenuPlacement);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value).filter(([key]) => key !== 'placement' || !('includeVars' in value));
  return Object.fromEntries(
    entries.map(([key, item]) => [key, isDataLinks(key, item) ? item.map(dataLink) : withoutMenuPlacement(item)])
  );
}

/** Data links of fields know a title and an address; the rest of the builder's link belongs to dashboards. */
function isDataLinks(key: string, item: unknown): item is Json[] {
  return (
    (key === 'links' || key === 'value') &&
    Array.isArray(item) &&
    item.length > 0 &&
    item.every(
      (link: unknown) =>
        typeof link === 'object' && link !== null && 'url' in link && String((link as Json).url).includes('${')
    )
  );
}

function dataLink({ title, url }: Json): Json {
  return { title, url, targetBlank: false };
}

/**
 * The text of a file. Grafana imports a bundled dashboard again only when its `revision` differs, so it rises by one
 * whenever anything else in the file has changed, and stays when nothing has.
 */
export function withRevision(dashboard: Json, before: string | undefined): string {
  const old = before === undefined ? undefined : (JSON.parse(before) as Json);
  const revision = typeof old?.revision === 'number' ? old.revision : 0;
  const same = revision > 0 && before === print({ ...dashboard, revision });
  return print({ ...dashboard, revision: same ? revision : revision + 1 });
}

function print(dashboard: Json): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
