/** @jest-environment jsdom
 * The names of frames are kept beside code that imports @grafana/data, which wants a window. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENGLISH } from '../src/frames/frame-context';
import { FRAMES_OF_VIEW } from '../src/frames/to-frames';
import { isFilterField, isGroupBy } from '../src/model/query-params';
import { VIEWS, type View } from '../src/model/task-query';
import { airflow } from './airflow';
import { alerts } from './alerts';
import { BOARDS } from './board';
import { celery } from './celery';
import { dagster } from './dagster';
import { generatedFiles, withRevision } from './files';
import { kubernetes } from './kubernetes';
import { overview } from './overview';
import { processes } from './processes';
import { resources } from './resources';
import { slo } from './slo';
import { taskRun } from './task-run';
import { timeline } from './timeline';
import { workers } from './workers';
import { CHINESE } from './zh-hans';

const root = join(__dirname, '..');

interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}
interface Target {
  refId: string;
  datasource: unknown;
  view: View;
  groupBy?: string;
  frame?: string;
  columns?: string[];
  filter: { matches: Array<{ field: string; operator: string; values: string[] }> };
}
interface Panel {
  id: number;
  type: string;
  title: string;
  description: string;
  gridPos: Place;
  targets: Target[];
  fieldConfig: { defaults: { noValue?: string } };
  options?: { reduceOptions?: { calcs: string[] } };
}
interface Variable {
  name: string;
  type: string;
  query?: unknown;
  options?: Array<{ value: string }>;
}
interface Dashboard {
  uid: string;
  id: null;
  title: string;
  revision: number;
  schemaVersion: number;
  tags: string[];
  refresh: string;
  panels: Panel[];
  templating: { list: Variable[] };
  annotations: { list: Array<{ name: string; enable: boolean; target: Target }> };
  links: Array<{ url: string; includeVars: boolean; keepTime: boolean; placement?: string }>;
}

const committed = generatedFiles().map(({ path, dashboard }) => {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, generated: dashboard, json: JSON.parse(text) as Dashboard };
});
const byUid = new Map(committed.map(({ json }) => [json.uid, json]));

/** Every string of a JSON value. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

/** Every object of a JSON value that has the key. */
function holdersOf(value: unknown, key: string): Array<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const below = Object.values(value).flatMap((item) => holdersOf(item, key));
  return key in value ? [value as Record<string, unknown>, ...below] : below;
}

const CORE_PANELS = ['stat', 'timeseries', 'table', 'bargauge', 'gauge', 'text', 'nodeGraph', 'barchart', 'traces'];
const GRAFANA_VARIABLES = ['__data', '__field', '__url_time_range', '__all_variables'];

it.each(committed)('$path is what the generator makes: run npm run dashboards and commit', ({ text, generated }) => {
  expect(text).toBe(withRevision(generated, text));
});

it('keeps the revision while nothing changes, and raises it by one when something does', () => {
  const first = withRevision({ title: 'a' }, undefined);
  expect(JSON.parse(first)).toEqual({ title: 'a', revision: 1 });
  expect(withRevision({ title: 'a' }, first)).toBe(first);
  expect(JSON.parse(withRevision({ title: 'b' }, first))).toEqual({ title: 'b', revision: 2 });
});

it('leaves no file behind that is not generated', () => {
  const known = committed.map(({ path }) => path).sort();
  const found = ['src/dashboards', 'provisioning/dashboards/zh-Hans'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((file) => `${folder}/${file}`)
  );
  expect(found.sort()).toEqual(known);
});

it('has one uid and one title per dashboard, over both languages', () => {
  const uids = committed.map(({ json }) => json.uid);
  expect(new Set(uids).size).toBe(uids.length);
  expect(uids).toEqual(expect.arrayContaining([...BOARDS, ...BOARDS.map((uid) => `${uid}-zh`)]));
  expect(new Set(committed.map(({ json }) => json.title)).size).toBe(uids.length);
});

it('bundles every dashboard of the plugin: declared in plugin.json, and nothing declared that is not there', () => {
  const plugin = JSON.parse(readFileSync(join(root, 'src/plugin.json'), 'utf8')) as {
    includes: Array<{ type: string; name: string; path: string }>;
  };
  const declared = plugin.includes.filter(({ type }) => type === 'dashboard');
  const bundled = committed.filter(({ path }) => path.startsWith('src/'));
  expect(declared.map(({ path }) => `src/${path}`).sort()).toEqual(bundled.map(({ path }) => path).sort());
  expect(declared.map(({ name }) => name).sort()).toEqual(bundled.map(({ json }) => json.title).sort());
  const menu = plugin.includes.filter(({ type, path }) => type === 'page' && path.startsWith('/d/'));
  expect(menu.map(({ path }) => path.slice('/d/'.length)).filter((uid) => !byUid.has(uid))).toEqual([]);
});

describe.each(committed)('$path', ({ json, text }) => {
  const variables = json.templating.list.map(({ name }) => name);

  it('is a classic dashboard without an id of one installation and without inputs to ask for', () => {
    expect(json).toMatchObject({ id: null, schemaVersion: 42 });
    expect(json.revision).toBeGreaterThan(0);
    expect(text).not.toMatch(/__inputs|__requires|\$\{DS_/);
  });

  it('has panels with unique ids that neither overlap nor leave the grid', () => {
    const ids = json.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of json.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect([title, taken.get(`${x} ${y}`)]).toEqual([title, undefined]);
          taken.set(`${x} ${y}`, title);
        }
      }
    }
  });

  it('uses only panels that Grafana or this plugin brings', () => {
    const own = ['timeline', 'health'].map((name) => {
      const file = readFileSync(join(root, `src/panels/${name}/plugin.json`), 'utf8');
      return (JSON.parse(file) as { id: string }).id;
    });
    expect(json.panels.map(({ type }) => type).filter((type) => ![...CORE_PANELS, ...own].includes(type))).toEqual([]);
  });

  it('says on every panel what it shows, and what it means when it is empty', () => {
    for (const { title, description, type, fieldConfig } of json.panels) {
      expect([title, description.length > 10]).toEqual([title, true]);
      if (CORE_PANELS.includes(type)) {
        expect([title, (fieldConfig.defaults.noValue ?? '').length > 0]).toEqual([title, true]);
      }
    }
  });

  it('sums nothing up in a panel: to Grafana the sum of what nobody told is 0', () => {
    const calcs = json.panels.flatMap(({ options }) => options?.reduceOptions?.calcs ?? []);
    expect(calcs.filter((calc) => !['last', 'lastNotNull', 'mean'].includes(calc))).toEqual([]);
  });

  it('asks only the data source that its variable names', () => {
    const plugin = JSON.parse(readFileSync(join(root, 'src/datasource/plugin.json'), 'utf8')) as { id: string };
    const refs = holdersOf(json, 'datasource').map((holder) => holder.datasource);
    expect(refs.length).toBeGreaterThan(json.panels.length);
    for (const ref of refs) {
      expect(ref).toEqual({ type: plugin.id, uid: '${ds}' });
    }
    expect(json.templating.list.find(({ name }) => name === 'ds')).toMatchObject({
      type: 'datasource',
      query: plugin.id,
    });
    expect(json.panels.every(({ targets }) => targets.length > 0)).toBe(true);
  });

  it('asks only questions that the model knows', () => {
    const lanes = json.templating.list.find(({ name }) => name === 'lanes')?.options?.map(({ value }) => value) ?? [];
    const targets = [
      ...json.panels.flatMap((panel) => panel.targets),
      ...json.annotations.list.map((annotation) => annotation.target),
    ];
    for (const target of targets) {
      expect(VIEWS).toContain(target.view);
      for (const { field, operator, values } of target.filter.matches) {
        expect([field, isFilterField(field)]).toEqual([field, true]);
        expect(['=', '!=', '=~', '!~']).toContain(operator);
        expect(values.length).toBeGreaterThan(0);
      }
      const groups = target.groupBy === undefined ? [] : target.groupBy === '$lanes' ? lanes : [target.groupBy];
      expect(groups.filter((group) => !isGroupBy(group))).toEqual([]);
      expect(target.groupBy === '$lanes' ? lanes.length : 1).toBeGreaterThan(0);
      if (target.frame !== undefined) {
        expect(FRAMES_OF_VIEW[target.view]).toContain(target.frame);
      }
      const unknown = (target.columns ?? []).filter(
        (name) => !(name in ENGLISH.fields) && !/^(p(50|95|99)|label:\w+)$/.test(name)
      );
      expect(unknown).toEqual([]);
    }
  });

  it('uses only variables that it has', () => {
    const used = stringsOf(json).flatMap((string) =>
      [...string.matchAll(/\$(?:\{(\w+)|(\w+))/g)].map((match) => match[1] ?? match[2] ?? '')
    );
    const known = [...variables, ...GRAFANA_VARIABLES, '__all'];
    expect([...new Set(used)].filter((name) => !known.includes(name))).toEqual([]);
  });

  it('links to dashboards of its own language that exist, and sets only variables that they have', () => {
    const urls = holdersOf(json, 'url').map((holder) => String(holder.url));
    expect(urls.length).toBeGreaterThanOrEqual(2);
    for (const url of urls) {
      const uid = /^\/d\/([a-z-]+)/.exec(url)?.[1] ?? '';
      const target = byUid.get(uid);
      expect([url, target?.uid]).toEqual([url, uid]);
      expect(uid.endsWith('-zh')).toBe(json.uid.endsWith('-zh'));
      const set = [...url.matchAll(/var-(\w+)=|\$\{(\w+):queryparam\}/g)].map((match) => match[1] ?? match[2] ?? '');
      const has = target?.templating.list.map(({ name }) => name) ?? [];
      expect([url, set.filter((name) => !has.includes(name))]).toEqual([url, []]);
    }
  });

  it('links rows only with fields that the row has', () => {
    for (const { title, targets } of json.panels.flatMap((panel) => ({ ...panel }))) {
      const panel = json.panels.find((one) => one.title === title);
      const used = stringsOf(panel).flatMap((string) =>
        [...string.matchAll(/__data\.fields\.(\w+)/g)].map((match) => match[1])
      );
      const columns = targets.flatMap((target) => target.columns ?? []);
      if (columns.length > 0) {
        // The own times of runs come with their ids.
        const own = columns.includes('runId') ? ['ownFrom', 'ownTo'] : [];
        expect([...columns, ...own]).toEqual(expect.arrayContaining([...new Set(used)]));
      }
    }
  });

  it('leads to the other dashboards with its variables and its time range, outside of any menu', () => {
    expect(json.links.length).toBeGreaterThanOrEqual(2);
    for (const link of json.links) {
      expect(link).toMatchObject({ includeVars: true, keepTime: true });
      expect(link.placement).toBeUndefined();
    }
  });

  it('marks failures only on request', () => {
    const failures = json.annotations.list.filter(
      ({ target }) => 'annotation' in target && target.annotation === 'failures'
    );
    expect(failures.every(({ enable }) => !enable)).toBe(true);
    expect(json.annotations.list.length).toBe(json.uid.startsWith('runlane-task-run') ? 0 : 3);
  });
});

it('is where the data source’s own link to a run leads, with variables that it has', () => {
  const source = readFileSync(join(root, 'src/datasource/frame-links.ts'), 'utf8');
  expect(source).toContain("'runlane-task-run'");
  const set = [...source.matchAll(/[?&`]var-(\w+)=/g)].map((match) => match[1]);
  const has = byUid.get('runlane-task-run')?.templating.list.map(({ name }) => name);
  expect(set.length).toBeGreaterThan(1);
  expect(has).toEqual(expect.arrayContaining(set));
});

it('answers on the first screen of the overview: 1440 × 900 shows 19 rows below two lines of controls', () => {
  const height = byUid.get('runlane-overview')?.panels.map(({ gridPos }) => gridPos.y + gridPos.h) ?? [];
  expect(Math.max(...height)).toBe(19);
});

it('has Chinese words for every text, and none for a text that is gone', () => {
  const said = new Set<string>();
  const general = [overview, timeline, taskRun, workers, resources, slo, alerts];
  for (const build of [...general, celery, airflow, dagster, processes, kubernetes]) {
    build({ code: 'zh-Hans', uidSuffix: '-zh', say: (english) => (said.add(english), english) });
  }
  expect(Object.keys(CHINESE).sort()).toEqual([...said].sort());
});
