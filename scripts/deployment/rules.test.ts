import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RULE_NAMES } from '../../src/alerting/rule';
import { faultsOf, readText, readYaml } from './files';
import { RULES_SCHEMA } from './rules-schema';

const root = join(__dirname, '../..');

interface Query {
  refId: string;
  datasourceUid: string;
  relativeTimeRange?: { from: number; to: number };
  model: { refId: string; expression?: string };
}
interface Rule {
  uid: string;
  title: string;
  condition: string;
  for: string;
  data: Query[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  dashboardUid?: string;
  panelId?: number;
  notification_settings?: { receiver: string; group_by?: string[] };
}
interface RuleFile {
  groups: Array<{ name: string; folder: string; interval: string; rules: Rule[] }>;
}

const folders = ['provisioning/alerting', 'provisioning/samples/alerting'];
const files = folders
  .flatMap((folder) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`))
  .filter((file) => /\.ya?ml$/.test(file))
  .map((file) => [file, readYaml(file) as RuleFile] as const)
  .filter(([, { groups }]) => groups !== undefined);
const rulesOf = ({ groups }: RuleFile) => groups.flatMap(({ rules }) => rules);
const all = files.flatMap(([, file]) => rulesOf(file));
const mounted = 'provisioning/alerting/runlane-rules.yaml';

it.each(files)('%s is what Grafana reads', (_file, content) => {
  expect(faultsOf(RULES_SCHEMA, content)).toEqual([]);
});

it.each([
  ['a misspelt key', (rule: Rule) => Object.assign(rule, { noDatastate: 'OK' })],
  ['an interval that is no length of time', (rule: Rule) => (rule.for = '5 minutes')],
  ['a uid that is too long', (rule: Rule) => (rule.uid = 'x'.repeat(41))],
  ['a query without a time range', (rule: Rule) => delete rule.data[0]?.relativeTimeRange],
  [
    'a threshold that the rule editor cannot open',
    (rule: Rule) => delete (conditionOf(rule) as { query?: unknown }).query,
  ],
])('would refuse %s', (_what, change) => {
  const copy = structuredClone(readYaml(mounted)) as RuleFile;
  change(copy.groups[0]?.rules[0] as Rule);
  expect(faultsOf(RULES_SCHEMA, copy)).not.toEqual([]);
});

function conditionOf(rule: Rule): unknown {
  const model = rule.data.at(-1)?.model as { conditions?: unknown[] } | undefined;
  return model?.conditions?.[0];
}

it('evaluates every tenth second at most: intervals are multiples of it', () => {
  for (const [file, { groups }] of files) {
    for (const { interval, name } of groups) {
      const seconds = Number(interval.slice(0, -1)) * (interval.endsWith('m') ? 60 : 1);
      expect([file, name, seconds > 0 && seconds % 10 === 0]).toEqual([file, name, true]);
    }
  }
});

it('has one rule per uid over all files, and one per title in a folder', () => {
  const uids = all.map(({ uid }) => uid);
  expect(new Set(uids).size).toBe(uids.length);
  for (const [file, { groups }] of files) {
    const titles = groups.flatMap(({ folder, rules }) => rules.map(({ title }) => `${folder}/${title}`));
    expect([file, new Set(titles).size]).toEqual([file, titles.length]);
  }
});

it('has every rule of the task store', () => {
  const file = files.find(([name]) => name === mounted)?.[1];
  const uids = file === undefined ? [] : rulesOf(file).map(({ uid }) => uid);
  expect(uids.sort()).toEqual(RULE_NAMES.map((name) => `runlane-${name}`).sort());
});

it('asks the provisioned Prometheus and nothing that lives in the browser: Grafana’s server cannot ask that', () => {
  const { datasources } = readYaml('provisioning/datasources/prometheus.yaml') as {
    datasources: Array<{ uid: string; type: string }>;
  };
  const prometheus = datasources.filter(({ type }) => type === 'prometheus').map(({ uid }) => uid);
  for (const { uid, data } of all) {
    const asked = data.map(({ datasourceUid }) => datasourceUid).filter((name) => name !== '__expr__');
    expect([uid, asked.length > 0, asked.filter((name) => !prometheus.includes(name))]).toEqual([uid, true, []]);
  }
});

it('names only queries that it has, and judges the last', () => {
  for (const { uid, condition, data } of all) {
    const refIds = data.map(({ refId }) => refId);
    const used = data.flatMap(({ model }) => model.expression ?? []);
    expect([uid, [condition, ...used].filter((name) => !refIds.includes(name))]).toEqual([uid, []]);
    expect([uid, data.map(({ model }) => model.refId)]).toEqual([uid, refIds]);
    expect([uid, condition]).toEqual([uid, refIds.at(-1)]);
  }
});

it('points at panels that exist, twice the same', () => {
  const dashboards = new Map(
    readdirSync(join(root, 'src/dashboards')).map((file) => {
      const { uid, panels } = JSON.parse(readText(`src/dashboards/${file}`)) as {
        uid: string;
        panels: Array<{ id: number }>;
      };
      return [uid, panels.map(({ id }) => id)];
    })
  );
  for (const { uid, dashboardUid = '', panelId, annotations } of all) {
    expect([uid, dashboards.get(dashboardUid) ?? []]).toEqual([uid, expect.arrayContaining([panelId])]);
    expect(annotations).toMatchObject({ __dashboardUid__: dashboardUid, __panelId__: String(panelId) });
  }
});

it('tells a contact point that is provisioned, and groups by what Grafana insists on', () => {
  const { contactPoints } = readYaml('provisioning/alerting/contact-points.yaml') as {
    contactPoints: Array<{ name: string }>;
  };
  const names = contactPoints.map(({ name }) => name);
  for (const { uid, notification_settings } of all) {
    expect([uid, names.includes(notification_settings?.receiver ?? '')]).toEqual([uid, true]);
    expect(notification_settings?.group_by).toEqual(expect.arrayContaining(['grafana_folder', 'alertname']));
  }
});

it('labels and words every alert', () => {
  for (const { uid, labels, annotations } of all) {
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    expect(['page', 'notify', 'digest', 'ticket']).toContain(labels.tier);
    expect([uid, Object.keys(annotations)]).toEqual([
      uid,
      expect.arrayContaining(['summary', 'description', 'runbook_url', 'timeline_url']),
    ]);
    const [, page = ''] =
      /\/a\/runlane-app\/runbooks\/([a-z0-9-]+)$/.exec(
        `/${annotations.runbook_url ?? ''}`.replace('/{{ externalURL }}', '/')
      ) ?? [];
    const wanted = [`docs/runbooks/${page}.md`, `docs/runbooks/zh-Hans/${page}.md`];
    expect([uid, 'lacks', wanted.filter((path) => !existsSync(join(root, path)))]).toEqual([uid, 'lacks', []]);
  }
});

it('keeps variables of the environment out of what Grafana expands, and braced ones out of everything', () => {
  for (const { uid, title, labels, annotations } of all) {
    expect([uid, [title, ...Object.values(labels)].filter((text) => text.replaceAll('$$', '').includes('$'))]).toEqual([
      uid,
      [],
    ]);
    expect([uid, Object.values(annotations).filter((text) => text.includes('${'))]).toEqual([uid, []]);
  }
});
