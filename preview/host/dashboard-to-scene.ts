import { CoreApp, DashboardCursorSync, VariableHide } from '@grafana/data';
import type { AnnotationQuery, DataTransformerConfig, FieldConfigSource } from '@grafana/data';
import {
  AdHocFiltersVariable,
  ConstantVariable,
  CustomVariable,
  DataSourceVariable,
  IntervalVariable,
  QueryVariable,
  SceneDataLayerSet,
  SceneDataTransformer,
  SceneGridItem,
  SceneGridLayout,
  SceneGridRow,
  SceneQueryRunner,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  SceneVariableSet,
  TextBoxVariable,
  VariableValueSelectors,
  VizPanel,
  behaviors,
  dataLayers,
  sceneGraph,
} from '@grafana/scenes';
import type { SceneDataQuery, SceneGridItemLike, SceneObject, SceneVariable } from '@grafana/scenes';
import type { ChoicePlan, DashboardPlan, PanelPlan, RowPlan, VariablePlan } from './dashboard-plan';
import { AnnotationControls } from './annotation-controls';
import { DashboardLinks } from './links';
import type { DashboardSummary } from './links';
import { DashboardScene } from './dashboard-scene';
import { PanelTimeRange } from './panel-time-range';
import { PanelTitleItems } from './panel-title-items';
import { RepeatedGridItem } from './repeated-grid-item';

/** `standIns` names, by plugin id, the panels that the preview only imitates. */
export function sceneOf(
  plan: DashboardPlan,
  standIns: ReadonlyMap<string, string>,
  dashboards: DashboardSummary[]
): DashboardScene {
  const layers = plan.annotations.map(
    (query, index) =>
      new dataLayers.AnnotationsDataLayer({
        key: `annotations-${index}`,
        name: query.name,
        isEnabled: query.enable,
        isHidden: query['hide'] === true,
        query: query as unknown as AnnotationQuery,
      })
  );
  const controls: SceneObject[] = [new VariableValueSelectors({})];
  if (layers.length > 0) {
    controls.push(new AnnotationControls({}));
  }
  const asideControls: SceneObject[] = [];
  if (plan.links.length > 0) {
    asideControls.push(
      new DashboardLinks({ links: plan.links, dashboards: dashboards.filter(({ uid }) => uid !== plan.uid) })
    );
  }
  if (!plan.hideTimePicker) {
    asideControls.push(
      new SceneTimePicker({ isOnCanvas: true }),
      new SceneRefreshPicker({
        refresh: plan.refresh,
        intervals: plan.refreshIntervals,
        isOnCanvas: true,
        minRefreshInterval: '1s',
      })
    );
  }
  return new DashboardScene({
    uid: plan.uid,
    key: `dashboard-${plan.uid}`,
    $timeRange: new SceneTimeRange({
      from: plan.from,
      to: plan.to,
      timeZone: plan.timezone === '' ? undefined : plan.timezone,
      weekStart: plan.weekStart === '' ? undefined : (plan.weekStart as 'monday'),
    }),
    $variables: new SceneVariableSet({ variables: plan.variables.map(variableOf) }),
    $data: layers.length > 0 ? new SceneDataLayerSet({ layers }) : undefined,
    $behaviors: [
      new behaviors.CursorSync({ key: 'cursor-sync', sync: syncOf(plan.cursorSync) }),
      new behaviors.SceneQueryController(),
      new behaviors.LiveNowTimer({ enabled: plan.liveNow }),
    ],
    controls,
    asideControls,
    body: new SceneGridLayout({
      isLazy: true,
      isDraggable: false,
      isResizable: false,
      children: plan.items.map((item) => (item.kind === 'row' ? rowOf(item, standIns) : itemOf(item, standIns))),
    }),
  });
}

function syncOf(sync: DashboardPlan['cursorSync']): DashboardCursorSync {
  return sync === 1
    ? DashboardCursorSync.Crosshair
    : sync === 2
      ? DashboardCursorSync.Tooltip
      : DashboardCursorSync.Off;
}

function rowOf(row: RowPlan, standIns: ReadonlyMap<string, string>): SceneGridRow {
  return new SceneGridRow({
    key: `row-${row.id}`,
    title: row.title,
    y: row.y,
    isCollapsed: row.collapsed,
    children: row.panels.map((panel) => itemOf(panel, standIns)),
  });
}

function itemOf(plan: PanelPlan, standIns: ReadonlyMap<string, string>): SceneGridItemLike {
  const body = panelOf(plan, standIns);
  const place = { key: `grid-item-${plan.id}`, ...plan.position, isResizable: false, isDraggable: false };
  return plan.repeat === undefined
    ? new SceneGridItem({ ...place, body })
    : new RepeatedGridItem({ ...place, ...plan.repeat, source: body });
}

function panelOf(plan: PanelPlan, standIns: ReadonlyMap<string, string>): VizPanel {
  const ownRange = plan.timeFrom !== undefined || plan.timeShift !== undefined;
  return new VizPanel({
    key: `panel-${plan.id}`,
    title: plan.title,
    description: plan.description,
    pluginId: plan.type,
    pluginVersion: plan.pluginVersion,
    options: plan.options,
    fieldConfig: plan.fieldConfig as FieldConfigSource,
    displayMode: plan.transparent ? 'transparent' : 'default',
    hoverHeader: plan.title === '' && !ownRange,
    titleItems: [
      new PanelTitleItems({
        standIn: standIns.get(plan.type),
        links: plan.links,
        range: ownRange && !plan.hideTimeOverride ? describeRange(plan) : undefined,
      }),
    ],
    $timeRange: ownRange ? new PanelTimeRange(plan.timeFrom, plan.timeShift) : undefined,
    $data: dataOf(plan),
    extendPanelContext: (panel, context) => {
      context.app = CoreApp.Dashboard;
      context.onAddAdHocFilter = ({ key, value, operator }) => {
        const filters = sceneGraph
          .getVariables(panel)
          .state.variables.find((one) => one instanceof AdHocFiltersVariable);
        filters?.setState({ filters: [...filters.state.filters, { key, value, operator }] });
      };
    },
  });
}

function describeRange({ timeFrom, timeShift }: PanelPlan): string {
  return [timeFrom === undefined ? '' : `Last ${timeFrom}`, timeShift === undefined ? '' : `${timeShift} earlier`]
    .filter(Boolean)
    .join(', ');
}

function dataOf(plan: PanelPlan): SceneDataTransformer | SceneQueryRunner | undefined {
  if (plan.targets.length === 0) {
    return undefined;
  }
  const runner = new SceneQueryRunner({
    datasource: plan.datasource,
    queries: plan.targets as unknown as SceneDataQuery[],
    maxDataPoints: plan.maxDataPoints,
    maxDataPointsFromWidth: true,
    minInterval: plan.interval,
    dataLayerFilter: { panelId: plan.id },
  });
  return new SceneDataTransformer({
    $data: runner,
    transformations: plan.transformations as unknown as DataTransformerConfig[],
  });
}

function variableOf(plan: VariablePlan): SceneVariable {
  const base = {
    name: plan.name,
    label: plan.label,
    description: plan.description,
    skipUrlSync: plan.skipUrlSync,
    hide:
      plan.hide === 'variable'
        ? VariableHide.hideVariable
        : plan.hide === 'label'
          ? VariableHide.hideLabel
          : VariableHide.dontHide,
  };
  switch (plan.type) {
    case 'query':
      return new QueryVariable({
        ...base,
        ...choiceOf(plan),
        query: plan.query as unknown as SceneDataQuery,
        datasource: plan.datasource ?? null,
        regex: plan.regex,
        refresh: plan.refresh,
        sort: plan.sort,
      });
    case 'custom':
      return new CustomVariable({ ...base, ...choiceOf(plan), query: plan.query });
    case 'datasource':
      return new DataSourceVariable({ ...base, ...choiceOf(plan), pluginId: plan.pluginId, regex: plan.regex });
    case 'interval':
      return new IntervalVariable({
        ...base,
        intervals: plan.intervals,
        value: plan.value,
        autoEnabled: plan.auto,
        autoMinInterval: plan.autoMin,
        autoStepCount: plan.autoCount,
      });
    case 'textbox':
      return new TextBoxVariable({ ...base, value: plan.value });
    case 'constant':
      return new ConstantVariable({ ...base, value: plan.value });
    case 'adhoc':
      return new AdHocFiltersVariable({
        ...base,
        datasource: plan.datasource ?? null,
        filters: plan.filters,
        applyMode: 'auto',
      });
  }
}

function choiceOf(plan: ChoicePlan) {
  return {
    value: plan.value,
    text: plan.text,
    isMulti: plan.multi,
    includeAll: plan.includeAll,
    allValue: plan.allValue,
    allowCustomValue: plan.allowCustomValue,
    defaultToAll: plan.includeAll && (plan.value === '' || plan.value.length === 0),
  };
}
