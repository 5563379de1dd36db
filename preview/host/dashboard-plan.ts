/**
 * From the classic dashboard JSON to a plan that names what the preview shows. Pure: no scene objects, no DOM, so that
 * the reading of files is tested without a browser. Whatever cannot be shown is said in `problems`, never dropped.
 */
export interface GridPosition {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface DataSourceReference {
  uid?: string;
  type?: string;
}

export interface LinkPlan {
  kind: 'link' | 'dashboards';
  title: string;
  url: string;
  tooltip: string;
  tags: string[];
  asDropdown: boolean;
  newTab: boolean;
  keepTime: boolean;
  includeVariables: boolean;
}

export interface PanelPlan {
  kind: 'panel';
  id: number;
  type: string;
  title: string;
  description?: string;
  position: GridPosition;
  transparent: boolean;
  options: Record<string, unknown>;
  fieldConfig: { defaults: Record<string, unknown>; overrides: unknown[] };
  pluginVersion?: string;
  datasource?: DataSourceReference;
  targets: Array<Record<string, unknown>>;
  transformations: Array<Record<string, unknown>>;
  maxDataPoints?: number;
  interval?: string;
  timeFrom?: string;
  timeShift?: string;
  hideTimeOverride: boolean;
  links: LinkPlan[];
  repeat?: { variable: string; vertical: boolean; maxPerRow: number };
}

export interface RowPlan {
  kind: 'row';
  id: number;
  title: string;
  y: number;
  collapsed: boolean;
  panels: PanelPlan[];
}

export type VariableHide = 'no' | 'label' | 'variable';

interface VariableBase {
  name: string;
  label?: string;
  description?: string;
  hide: VariableHide;
  skipUrlSync: boolean;
}

export interface ChoicePlan {
  value: string | string[];
  text: string | string[];
  multi: boolean;
  includeAll: boolean;
  allValue?: string;
  allowCustomValue: boolean;
}

export type VariablePlan = VariableBase &
  (
    | (ChoicePlan & {
        type: 'query';
        query: string | Record<string, unknown>;
        datasource?: DataSourceReference;
        regex: string;
        refresh: number;
        sort: number;
      })
    | (ChoicePlan & { type: 'custom'; query: string })
    | (ChoicePlan & { type: 'datasource'; pluginId: string; regex: string })
    | { type: 'interval'; intervals: string[]; value: string; auto: boolean; autoMin: string; autoCount: number }
    | { type: 'textbox'; value: string }
    | { type: 'constant'; value: string }
    | {
        type: 'adhoc';
        datasource?: DataSourceReference;
        filters: Array<{ key: string; operator: string; value: string }>;
      }
  );

export interface DashboardPlan {
  uid: string;
  title: string;
  tags: string[];
  from: string;
  to: string;
  timezone: string;
  weekStart: string;
  refresh: string;
  refreshIntervals: string[];
  hideTimePicker: boolean;
  liveNow: boolean;
  /** 0 off, 1 crosshair, 2 tooltip. */
  cursorSync: 0 | 1 | 2;
  variables: VariablePlan[];
  annotations: Array<Record<string, unknown> & { name: string; enable: boolean }>;
  links: LinkPlan[];
  items: Array<PanelPlan | RowPlan>;
  problems: string[];
}

type Json = Record<string, unknown>;

const REFRESH_INTERVALS = ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h', '2h', '1d'];

export function planDashboard(json: Json): DashboardPlan {
  const problems: string[] = [];
  const time = record(json['time']);
  const picker = record(json['timepicker']);
  const sync = number(json['graphTooltip'], 0);
  return {
    uid: text(json['uid']),
    title: text(json['title'], 'Untitled'),
    tags: texts(json['tags']),
    from: text(time['from'], 'now-6h'),
    to: text(time['to'], 'now'),
    timezone: text(json['timezone']),
    weekStart: text(json['weekStart']),
    refresh: text(json['refresh']),
    refreshIntervals:
      texts(picker['refresh_intervals']).length > 0 ? texts(picker['refresh_intervals']) : REFRESH_INTERVALS,
    hideTimePicker: picker['hidden'] === true,
    liveNow: json['liveNow'] === true,
    cursorSync: sync === 1 || sync === 2 ? sync : 0,
    variables: records(record(json['templating'])['list']).flatMap((one) => planVariable(one, problems)),
    annotations: records(record(json['annotations'])['list'])
      .filter((one) => record(one['datasource'])['uid'] !== '-- Grafana --' && one['builtIn'] !== 1)
      .map((one) => ({ ...one, name: text(one['name'], 'Annotations'), enable: one['enable'] !== false })),
    links: records(json['links']).map(planLink),
    items: planItems(records(json['panels']), problems),
    problems,
  };
}

/** Panels after an open row belong to it until the next row; a collapsed row carries its panels itself. */
function planItems(panels: readonly Json[], problems: string[]): Array<PanelPlan | RowPlan> {
  const items: Array<PanelPlan | RowPlan> = [];
  let open: RowPlan | undefined;
  for (const [index, panel] of panels.entries()) {
    if (panel['type'] === 'row') {
      const row: RowPlan = {
        kind: 'row',
        id: number(panel['id'], 10_000 + index),
        title: text(panel['title']),
        y: number(record(panel['gridPos'])['y'], 0),
        collapsed: panel['collapsed'] === true,
        panels: records(panel['panels']).map((inner, at) => planPanel(inner, 20_000 + at, problems)),
      };
      if (text(panel['repeat']) !== '') {
        problems.push(`row "${row.title}" repeats by variable "${text(panel['repeat'])}": the preview shows it once.`);
      }
      items.push(row);
      open = row.collapsed ? undefined : row;
    } else {
      const plan = planPanel(panel, 1_000 + index, problems);
      (open?.panels ?? items).push(plan);
    }
  }
  return items;
}

function planPanel(panel: Json, fallbackId: number, problems: string[]): PanelPlan {
  const title = text(panel['title']);
  const grid = record(panel['gridPos']);
  const named = title === '' ? `panel ${text(panel['id'], String(fallbackId))}` : `panel "${title}"`;
  if (panel['libraryPanel'] !== undefined) {
    problems.push(`${named} is a library panel: only Grafana has it.`);
  }
  if (typeof panel['type'] !== 'string') {
    problems.push(`${named} has no "type".`);
  }
  const fieldConfig = record(panel['fieldConfig']);
  const datasource = reference(panel['datasource']);
  const repeat = text(panel['repeat']);
  return {
    kind: 'panel',
    id: number(panel['id'], fallbackId),
    type: text(panel['type'], 'text'),
    title,
    description: text(panel['description']) || undefined,
    position: {
      x: number(grid['x'], 0),
      y: number(grid['y'], 0),
      width: number(grid['w'], 12),
      height: number(grid['h'], 8),
    },
    transparent: panel['transparent'] === true,
    options: record(panel['options']),
    fieldConfig: { defaults: record(fieldConfig['defaults']), overrides: list(fieldConfig['overrides']) },
    pluginVersion: text(panel['pluginVersion']) || undefined,
    datasource,
    targets: records(panel['targets']).map((target) => ({
      ...target,
      datasource: reference(target['datasource']) ?? datasource,
    })),
    transformations: records(panel['transformations']).filter((one) => one['disabled'] !== true),
    maxDataPoints: typeof panel['maxDataPoints'] === 'number' ? panel['maxDataPoints'] : undefined,
    interval: text(panel['interval']) || undefined,
    timeFrom: text(panel['timeFrom']) || undefined,
    timeShift: text(panel['timeShift']) || undefined,
    hideTimeOverride: panel['hideTimeOverride'] === true,
    links: records(panel['links']).map(planLink),
    repeat:
      repeat === ''
        ? undefined
        : { variable: repeat, vertical: panel['repeatDirection'] === 'v', maxPerRow: number(panel['maxPerRow'], 4) },
  };
}

function planVariable(json: Json, problems: string[]): VariablePlan[] {
  const base: VariableBase = {
    name: text(json['name']),
    label: text(json['label']) || undefined,
    description: text(json['description']) || undefined,
    hide: json['hide'] === 2 ? 'variable' : json['hide'] === 1 ? 'label' : 'no',
    skipUrlSync: json['skipUrlSync'] === true,
  };
  const current = record(json['current']);
  const single = text(list(current['value'])[0] ?? current['value']);
  const choice: ChoicePlan = {
    value: oneOrMany(current['value']),
    text: oneOrMany(current['text']),
    multi: json['multi'] === true,
    includeAll: json['includeAll'] === true,
    allValue: text(json['allValue']) || undefined,
    allowCustomValue: json['allowCustomValue'] !== false,
  };
  switch (json['type']) {
    case 'query':
      return [
        {
          ...base,
          ...choice,
          type: 'query',
          query: typeof json['query'] === 'string' ? json['query'] : record(json['query']),
          datasource: reference(json['datasource']),
          regex: text(json['regex']),
          refresh: number(json['refresh'], 1),
          sort: number(json['sort'], 0),
        },
      ];
    case 'custom':
      return [{ ...base, ...choice, type: 'custom', query: text(json['query']) }];
    case 'datasource':
      return [{ ...base, ...choice, type: 'datasource', pluginId: text(json['query']), regex: text(json['regex']) }];
    case 'interval':
      return [
        {
          ...base,
          type: 'interval',
          value: single,
          intervals: text(json['query'])
            .split(',')
            .map((one) => one.trim())
            .filter(Boolean),
          auto: json['auto'] === true,
          autoMin: text(json['auto_min'], '10s'),
          autoCount: number(json['auto_count'], 30),
        },
      ];
    case 'textbox':
      return [{ ...base, type: 'textbox', value: single || text(json['query']) }];
    case 'constant':
      return [
        {
          ...base,
          type: 'constant',
          value: text(json['query']) || single,
          hide: base.hide === 'no' ? 'variable' : base.hide,
        },
      ];
    case 'adhoc':
      return [
        {
          ...base,
          type: 'adhoc',
          datasource: reference(json['datasource']),
          filters: records(json['filters']).map((one) => ({
            key: text(one['key']),
            operator: text(one['operator'], '='),
            value: text(one['value']),
          })),
        },
      ];
    default:
      problems.push(`variable "${base.name}" is of type "${text(json['type'])}", which the preview does not know.`);
      return [];
  }
}

function planLink(json: Json): LinkPlan {
  return {
    kind: json['type'] === 'dashboards' ? 'dashboards' : 'link',
    title: text(json['title']),
    url: text(json['url']),
    tooltip: text(json['tooltip']),
    tags: texts(json['tags']),
    asDropdown: json['asDropdown'] === true,
    newTab: json['targetBlank'] === true,
    keepTime: json['keepTime'] === true,
    includeVariables: json['includeVars'] === true,
  };
}

/** `null` and the old plain-text form (a uid or name) are both met in files. */
function reference(value: unknown): DataSourceReference | undefined {
  if (typeof value === 'string' && value !== '') {
    return { uid: value };
  }
  const { uid, type } = record(value);
  return uid === undefined && type === undefined
    ? undefined
    : { uid: text(uid) || undefined, type: text(type) || undefined };
}

function oneOrMany(value: unknown): string | string[] {
  return Array.isArray(value) ? value.map((one) => text(one)) : text(value);
}

function text(value: unknown, otherwise = ''): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : otherwise;
}

function texts(value: unknown): string[] {
  return list(value)
    .map((one) => text(one))
    .filter(Boolean);
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function records(value: unknown): Json[] {
  return list(value).filter((one): one is Json => typeof one === 'object' && one !== null && !Array.isArray(one));
}
