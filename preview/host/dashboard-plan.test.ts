import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { planDashboard } from './dashboard-plan';
import type { PanelPlan, RowPlan } from './dashboard-plan';

const panel = (id: number, y: number, more: object = {}) => ({
  id,
  type: 'stat',
  title: `p${id}`,
  gridPos: { x: 0, y, w: 6, h: 4 },
  ...more,
});

describe('planDashboard', () => {
  it('fills in what an empty file leaves out', () => {
    expect(planDashboard({})).toMatchObject({
      title: 'Untitled',
      from: 'now-6h',
      to: 'now',
      cursorSync: 0,
      items: [],
      variables: [],
      problems: [],
    });
  });

  it('gives the panels after an open row to it, and those of a collapsed row from inside it', () => {
    const { items } = planDashboard({
      panels: [
        panel(1, 0),
        { id: 2, type: 'row', title: 'Open', collapsed: false, gridPos: { y: 4 } },
        panel(3, 5),
        { id: 4, type: 'row', title: 'Closed', collapsed: true, gridPos: { y: 9 }, panels: [panel(5, 10)] },
        panel(6, 14),
      ],
    });
    const shape = (item: PanelPlan | RowPlan) =>
      item.kind === 'row' ? [item.title, item.collapsed, item.panels.map(({ id }) => id)] : item.id;
    expect(items.map(shape)).toEqual([1, ['Open', false, [3]], ['Closed', true, [5]], 6]);
  });

  it('gives targets the panel’s data source where they name none, and reads the old plain form', () => {
    const [one] = planDashboard({
      panels: [
        panel(1, 0, {
          datasource: 'prom',
          targets: [
            { refId: 'A' },
            { refId: 'B', datasource: { uid: '${ds}', type: 'x' } },
            { refId: 'C', datasource: null },
          ],
        }),
      ],
    }).items as PanelPlan[];
    expect(one?.targets.map(({ datasource }) => datasource)).toEqual([
      { uid: 'prom' },
      { uid: '${ds}', type: 'x' },
      { uid: 'prom' },
    ]);
  });

  it('reads repeat, time overrides, links and transformations that are switched on', () => {
    const [one] = planDashboard({
      panels: [
        panel(1, 0, {
          repeat: 'task',
          repeatDirection: 'v',
          timeFrom: '1h',
          timeShift: '1d',
          transparent: true,
          links: [{ title: 'Go', url: '/d/x', targetBlank: true }],
          transformations: [
            { id: 'organize', options: {} },
            { id: 'limit', disabled: true },
          ],
        }),
      ],
    }).items as PanelPlan[];
    expect(one).toMatchObject({
      repeat: { variable: 'task', vertical: true, maxPerRow: 4 },
      timeFrom: '1h',
      timeShift: '1d',
      transparent: true,
      links: [{ title: 'Go', url: '/d/x', newTab: true }],
      transformations: [{ id: 'organize' }],
    });
  });

  it('reads every kind of variable', () => {
    const { variables, problems } = planDashboard({
      templating: {
        list: [
          { type: 'datasource', name: 'ds', query: 'runlane-datasource', current: {} },
          {
            type: 'query',
            name: 'task',
            query: { field: 'task' },
            datasource: { uid: '${ds}' },
            multi: true,
            includeAll: true,
            current: { text: ['All'], value: ['$__all'] },
            refresh: 2,
            sort: 1,
          },
          { type: 'custom', name: 'by', query: 'task,queue', current: { text: 'task', value: 'task' }, hide: 1 },
          { type: 'interval', name: 'step', query: '1m, 5m', auto: true, auto_count: 10, current: { value: '5m' } },
          { type: 'textbox', name: 'run', query: 'x', current: {} },
          { type: 'constant', name: 'fixed', query: 'y' },
          {
            type: 'adhoc',
            name: 'filters',
            datasource: { uid: '${ds}' },
            filters: [{ key: 'a', operator: '=', value: 'b' }],
          },
        ],
      },
    });
    expect(problems).toEqual([]);
    expect(variables).toMatchObject([
      { type: 'datasource', pluginId: 'runlane-datasource' },
      {
        type: 'query',
        query: { field: 'task' },
        datasource: { uid: '${ds}' },
        value: ['$__all'],
        multi: true,
        refresh: 2,
        sort: 1,
      },
      { type: 'custom', query: 'task,queue', value: 'task', hide: 'label' },
      { type: 'interval', intervals: ['1m', '5m'], value: '5m', auto: true, autoCount: 10 },
      { type: 'textbox', value: 'x' },
      { type: 'constant', value: 'y', hide: 'variable' },
      { type: 'adhoc', filters: [{ key: 'a', operator: '=', value: 'b' }] },
    ]);
  });

  it('says what it cannot show, by name', () => {
    const { problems } = planDashboard({
      panels: [
        { id: 1, type: 'row', title: 'R', repeat: 'task', panels: [] },
        panel(2, 0, { libraryPanel: { uid: 'x' } }),
        { id: 3, title: 'no type' },
      ],
      templating: { list: [{ type: 'snapshot', name: 'old' }] },
    });
    expect(problems).toEqual([
      'variable "old" is of type "snapshot", which the preview does not know.',
      'row "R" repeats by variable "task": the preview shows it once.',
      'panel "p2" is a library panel: only Grafana has it.',
      'panel "no type" has no "type".',
    ]);
  });

  it('keeps Grafana’s own annotations out and reads whether the others are on', () => {
    const { annotations } = planDashboard({
      annotations: {
        list: [
          { builtIn: 1, name: 'own' },
          { name: 'Failures', enable: false, datasource: { uid: '${ds}' } },
          { datasource: { uid: '-- Grafana --' } },
        ],
      },
    });
    expect(annotations.map(({ name, enable }) => [name, enable])).toEqual([['Failures', false]]);
  });

  it('survives values of the wrong kind', () => {
    const odd = {
      title: 7,
      panels: [null, 'x', { gridPos: 'wide', targets: {}, options: [] }],
      templating: [],
      annotations: 'none',
      links: [{}],
      time: 'today',
      graphTooltip: 9,
    };
    expect(() => planDashboard(odd)).not.toThrow();
  });

  const bundled = join(__dirname, '../../src/dashboards');
  it.each(readdirSync(bundled).filter((name) => name.endsWith('.json')))(
    'finds nothing it cannot show in %s',
    (name) => {
      const plan = planDashboard(JSON.parse(readFileSync(join(bundled, name), 'utf8')) as Record<string, unknown>);
      expect(plan.problems).toEqual([]);
      expect(plan.items.length).toBeGreaterThan(0);
    }
  );
});
