import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
  type DynamicConfigValue,
  type Panel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { AnnotationKind } from '../src/datasource/query';
import { LINK_FILTER_LABEL, RUN_FIELD } from '../src/frames/field-names';
import { NO_RUN } from '../src/model/task-query';
import type { Language } from './language';
import {
  annotationQuery,
  chainedValuesQuery,
  DATA_SOURCE,
  FILTER_VARIABLES,
  LANE_VARIABLE,
  LIMITS_VARIABLE,
  OBJECTIVE_VARIABLE,
  SELECT_VARIABLE,
  type FilterVariable,
  type Scope,
} from './query';

/** Dashboards about everything, by the stable part of their uid. */
const GENERAL_BOARDS = [
  'runlane-overview',
  'runlane-timeline',
  'runlane-task-run',
  'runlane-workers',
  'runlane-resources',
  'runlane-slo',
  'runlane-alerts',
] as const;

/** Dashboards about one kind of system each. */
const SYSTEM_BOARDS = [
  'runlane-celery',
  'runlane-airflow',
  'runlane-dagster',
  'runlane-processes',
  'runlane-kubernetes',
] as const;

export const BOARDS = [...GENERAL_BOARDS, ...SYSTEM_BOARDS] as const;
export type BoardUid = (typeof BOARDS)[number];
type GeneralBoardUid = (typeof GENERAL_BOARDS)[number];

/** What the dashboards about systems are found by, for the menu that leads to them. */
const SYSTEM_TAG = 'runlane-system';

export const BOARD_TITLES: Readonly<Record<BoardUid, string>> = {
  'runlane-overview': 'Task overview',
  'runlane-timeline': 'Task timeline',
  'runlane-task-run': 'Task run',
  'runlane-workers': 'Workers and resources',
  'runlane-resources': 'Resources',
  'runlane-slo': 'SLO board',
  'runlane-alerts': 'Task alerts',
  'runlane-celery': 'Celery',
  'runlane-airflow': 'Airflow',
  'runlane-dagster': 'Dagster (assets)',
  'runlane-processes': 'Processes (PM2, Supervisor, systemd)',
  'runlane-kubernetes': 'Kubernetes jobs',
};

/** The same in one word, for the links above the panels: six of them share a line with the variables. */
const LINK_TITLES: Readonly<Record<GeneralBoardUid, string>> = {
  'runlane-overview': 'Overview',
  'runlane-timeline': 'Timeline',
  'runlane-task-run': 'Run',
  'runlane-workers': 'Workers',
  'runlane-resources': 'Resources',
  'runlane-slo': 'SLO',
  'runlane-alerts': 'Alerts',
};

/** What lanes can be made of; the first is where a dashboard starts. */
export type Lanes = ReadonlyArray<readonly [value: string, label: string]>;

const LANES: Lanes = [
  ['task', 'Task'],
  ['worker', 'Worker'],
  ['queue', 'Queue'],
  ['host', 'Host'],
  ['source', 'Source'],
];

/** Where limits come from; the first is where a dashboard starts. A comma would end the label. */
const LIMITS = [
  ['usual', 'its own usual'],
  ['fixed', '500 ms and 1000/s'],
] as const;

/** Path of a dashboard, to which `?…` may be added. Grafana puts its own sub-path in front. */
export function pathTo(board: BoardUid, language: Language): string {
  return `/d/${board}${language.uidSuffix}`;
}

/**
 * The run of a table's row, or of the timeline's bar, in its own dashboard at its own time. The data source puts
 * this link (to the English dashboard) on every `runId` already, beside the user's log links; an override replaces them,
 * so only other languages have one.
 */
export function runLinkOverride(language: Language): DynamicConfigValue[] {
  if (language.uidSuffix === '') {
    return [];
  }
  const url =
    `${pathTo('runlane-task-run', language)}?\${ds:queryparam}` +
    '&var-source=${__data.fields.source:percentencode}&var-runId=${__data.fields.runId:percentencode}' +
    `&from=\${__data.fields.${RUN_FIELD.ownFrom}}&to=\${__data.fields.${RUN_FIELD.ownTo}}`;
  return [{ id: 'links', value: [new DashboardLinkBuilder(language.say('Open this run')).url(url).build()] }];
}

/** A dashboard with the same variables, one of them set to the value of a field of the row, at the same or a given time. */
export function narrowLink(
  title: string,
  board: BoardUid,
  variable: FilterVariable,
  field: string,
  language: Language,
  range = '${__url_time_range}'
): DashboardLinkBuilder {
  const others = FILTER_VARIABLES.filter((name) => name !== variable).map((name) => `\${${name}:queryparam}`);
  const value = `var-${variable}=\${__data.fields.${field}:percentencode}`;
  const rest = ['${ds:queryparam}', ...others, value, range].join('&');
  return new DashboardLinkBuilder(title).url(`${pathTo(board, language)}?${rest}`);
}

/**
 * The timeline of the tasks that a number is about: the data source says which in the label `filter` of the field, as
 * `var-task=…` for each and the run to choose; the other variables and the range stay.
 */
export function filteredTimelineLink(title: string, language: Language): DashboardLinkBuilder {
  const others = FILTER_VARIABLES.filter((name) => name !== 'task').map((name) => `\${${name}:queryparam}`);
  const rest = ['${ds:queryparam}', ...others, `\${__field.labels.${LINK_FILTER_LABEL}:raw}`, '${__url_time_range}'];
  return new DashboardLinkBuilder(title).url(`${pathTo('runlane-timeline', language)}?${rest.join('&')}`);
}

/** The same variables and range in another dashboard. */
export function onwardLink(title: string, board: BoardUid, language: Language): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).url(`${pathTo(board, language)}?\${__all_variables}&\${__url_time_range}`);
}

export interface BoardSpec {
  uid: BoardUid;
  description: string;
  variables: readonly FilterVariable[];
  /** What all of it is about; absent: everything. */
  scope?: Scope;
  /** Whether the reader chooses what lanes are made of, and of what. */
  lanes?: boolean | Lanes;
  /** Whether the reader sees and changes the choice of lanes: what tables and charts are made of. */
  groups?: boolean;
  /** Whether links, those of alerts before all, choose a run. */
  selects?: boolean;
  /** Whether the reader sets an objective, in percent. */
  objective?: boolean;
  /** Whether the reader chooses where limits come from. */
  limits?: boolean;
  /** The run that the dashboard is about, as a text field. */
  run?: boolean;
  from: string;
  refresh: string;
}

/** The shell that all dashboards share: data source, filters, links to the others, annotations, refresh. */
export function board(spec: BoardSpec, language: Language): DashboardBuilder {
  const { say } = language;
  const builder = new DashboardBuilder(say(BOARD_TITLES[spec.uid]))
    .uid(`${spec.uid}${language.uidSuffix}`)
    .description(say(spec.description))
    .tags([
      'runlane',
      ...(language.uidSuffix === '' ? [] : [language.code]),
      ...(isGeneral(spec.uid) ? [] : [systemTag(language)]),
    ])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: spec.from, to: 'now' })
    .refresh(spec.refresh)
    .timezone('browser')
    .variables(variables(spec, language))
    .annotations(annotations(spec, language));
  for (const other of GENERAL_BOARDS.filter((uid) => uid !== spec.uid && uid !== 'runlane-task-run')) {
    builder.link(
      new DashboardLinkBuilder(say(LINK_TITLES[other]))
        .type(DashboardLinkType.Link)
        .url(pathTo(other, language))
        .icon('dashboard')
        .tooltip(say('Same filters, same time range'))
        .asDropdown(false)
        .targetBlank(false)
        .includeVars(true)
        .keepTime(true)
    );
  }
  return builder.link(
    new DashboardLinkBuilder(say('Systems'))
      .type(DashboardLinkType.Dashboards)
      .tags([systemTag(language)])
      .tooltip(say('Dashboards about one kind of system'))
      .asDropdown(true)
      .targetBlank(false)
      .includeVars(true)
      .keepTime(true)
  );
}

function isGeneral(uid: BoardUid): uid is GeneralBoardUid {
  return (GENERAL_BOARDS as readonly string[]).includes(uid);
}

/** Both languages may be loaded side by side, and a menu is of one. */
function systemTag({ uidSuffix }: Language): string {
  return SYSTEM_TAG + uidSuffix;
}

function variables(spec: BoardSpec, { say }: Language): Array<cog.Builder<VariableModel>> {
  const list: Array<cog.Builder<VariableModel>> = [
    new DatasourceVariableBuilder('ds').label(say('Data source')).type(DATA_SOURCE.type).multi(false).includeAll(false),
  ];
  for (const name of spec.variables) {
    list.push(
      new QueryVariableBuilder(name)
        .label(say(VARIABLE_LABELS[name]))
        .datasource(DATA_SOURCE)
        .query({ ...chainedValuesQuery(name, spec.scope) })
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
        .multi(true)
        .includeAll(true)
        .allValue('.*')
        .current({ selected: true, text: ['All'], value: ['$__all'] })
    );
  }
  if (spec.lanes || spec.groups) {
    const lanes = typeof spec.lanes === 'object' ? spec.lanes : LANES;
    const [first] = lanes;
    list.push(
      new CustomVariableBuilder(LANE_VARIABLE)
        .label(say(spec.groups ? 'Grouped by' : 'Lanes by'))
        .hide(spec.groups ? VariableHide.DontHide : VariableHide.HideVariable)
        .values(lanes.map(([value, label]) => `${say(label)} : ${value}`).join(','))
        .current({ selected: true, text: say(first?.[1] ?? ''), value: first?.[0] ?? '' })
        .options(lanes.map(([value, label], index) => ({ selected: index === 0, text: say(label), value })))
    );
  }
  if (spec.objective) {
    list.push(
      textBox(
        OBJECTIVE_VARIABLE,
        say('Objective, %'),
        say('How many of 100 ended runs should complete; what may fail is the error budget'),
        '99'
      )
    );
  }
  if (spec.limits) {
    list.push(
      new CustomVariableBuilder(LIMITS_VARIABLE)
        .label(say('Limits'))
        .description(
          say(
            'Learned from the day before, for each task its own; or the same for all: 500 ms and 1,000 runs per second'
          )
        )
        .hide(VariableHide.DontHide)
        .values(LIMITS.map(([value, label]) => `${say(label)} : ${value}`).join(','))
        .current({ selected: true, text: say(LIMITS[0][1]), value: LIMITS[0][0] })
        .options(LIMITS.map(([value, label], index) => ({ selected: index === 0, text: say(label), value })))
    );
  }
  if (spec.selects) {
    const description = say('A run’s id, or a state such as failed: links choose by it whose details are shown');
    list.push(textBox(SELECT_VARIABLE, say('Run'), description, '').hide(VariableHide.HideVariable));
  }
  if (spec.run) {
    list.push(textBox('source', say('Source'), say('The connected system that the run belongs to'), ''));
    list.push(textBox('runId', say('Run'), say('The id of the run, as its source names it'), NO_RUN));
  }
  return list;
}

const VARIABLE_LABELS: Readonly<Record<FilterVariable, string>> = {
  source: 'Source',
  task: 'Task',
  queue: 'Queue',
  worker: 'Worker',
};

function textBox(name: string, label: string, description: string, value: string): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder(name)
    .label(label)
    .description(description)
    .hide(VariableHide.DontHide)
    .defaultValue(value)
    .current({ selected: true, text: value, value });
}

function annotations({ variables: names, run, scope }: BoardSpec, { say }: Language): AnnotationQueryBuilder[] {
  // Only what is off has a switch above the panels; what is on would only take room there.
  const mark = (title: string, kind: AnnotationKind, enabled: boolean, color: string) =>
    new AnnotationQueryBuilder()
      .name(say(title))
      .datasource(DATA_SOURCE)
      .enable(enabled)
      .hide(enabled)
      .iconColor(color)
      .target(annotationQuery(kind, names, scope));
  return run
    ? []
    : [
        mark('Failures', 'failures', false, 'red'),
        mark('Lost runs', 'lost_runs', true, 'orange'),
        mark('Silent workers', 'silent_workers', true, 'purple'),
      ];
}

/** In units of the grid: 24 columns, rows of 38 CSS pixels. */
interface Position {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Puts panels on the grid; ids count from 1 in the order in which they are placed, so they are stable. */
export class Grid {
  private nextId = 1;

  constructor(private readonly dashboard: DashboardBuilder) {}

  place(panel: PlaceablePanel, position: Position): this {
    this.dashboard.withPanel(panel.id(this.nextId).datasource(DATA_SOURCE).gridPos(position));
    this.nextId += 1;
    return this;
  }
}

type PlaceablePanel = cog.Builder<Panel> & {
  id(id: number): PlaceablePanel;
  datasource(ref: { type: string; uid: string }): PlaceablePanel;
  gridPos(position: Position): PlaceablePanel;
};
