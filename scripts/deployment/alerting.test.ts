import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_SPEC } from '../../src/alerting/alert-spec';
import { RULE_NAMES } from '../../src/alerting/rule';
import { makeRules } from '../../src/alerting/rules';
import { RUNLANE_STORE } from '../../src/prometheus/profiles/runlane-store';
import { parseConfig } from '../../store/src/config/config';
import { CONTACT_POINTS_SCHEMA, MUTE_TIMES_SCHEMA, POLICIES_SCHEMA, TEMPLATES_SCHEMA } from './alerting-schemas';
import { faultsOf, readText, readYaml } from './files';

const root = join(__dirname, '../..');
const yamlIn = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => `${folder}/${file}`);

interface Receiver {
  uid: string;
  type: string;
  settings: Record<string, unknown>;
}
interface Rule {
  uid: string;
  labels: Record<string, string>;
  notification_settings?: { receiver: string };
}
interface Route {
  receiver?: string;
  mute_time_intervals?: string[];
  routes?: Route[];
}
interface AlertingFile {
  contactPoints?: Array<{ name: string; receivers: Receiver[] }>;
  templates?: Array<{ name: string; template: string }>;
  policies?: Route[];
  muteTimes?: Array<{ name: string }>;
  groups?: Array<{ rules: Rule[] }>;
}
interface Alertmanager {
  templates: string[];
  route: Route;
  receivers: Array<{ name: string }>;
  inhibit_rules: Array<{ source_matchers: string[]; target_matchers: string[] }>;
  time_intervals: Array<{ name: string }>;
}

const SCHEMAS: Readonly<Record<string, object>> = {
  contactPoints: CONTACT_POINTS_SCHEMA,
  templates: TEMPLATES_SCHEMA,
  policies: POLICIES_SCHEMA,
  muteTimes: MUTE_TIMES_SCHEMA,
};
const LANGUAGES = ['en', 'zh'];
/** Beside the rules that are made from src/alerting. */
const HAND_WRITTEN_RULES = ['notification-undelivered'];

const active = yamlIn('provisioning/alerting');
const samples = yamlIn('provisioning/samples/alerting');
const files = [...active, ...samples].map((file) => [file, readYaml(file) as AlertingFile] as const);
const contactPoints = active.flatMap((file) => (readYaml(file) as AlertingFile).contactPoints ?? []);
const receivers = contactPoints.flatMap((point) => point.receivers);
const contactPointsFile = 'provisioning/alerting/contact-points.yaml';
const templateFile = 'provisioning/prometheus/templates/runlane.tmpl';
const templates = readText(templateFile);
const panels = panelNames();
const alertmanagerFile = 'provisioning/prometheus/alertmanager.yml';
const alertmanager = readYaml(alertmanagerFile) as Alertmanager;

it.each(files.filter(([, { groups }]) => groups === undefined))('%s is what Grafana reads', (_file, content) => {
  const [list] = Object.keys(content).filter((key) => key !== 'apiVersion');
  expect(faultsOf(SCHEMAS[list ?? ''] ?? {}, content)).toEqual([]);
});

it.each([
  ['a misspelt setting', (one: Receiver) => Object.assign(one.settings, { msgtyp: 'markdown' })],
  ['a robot without an address', (one: Receiver) => delete one.settings['url']],
  ['a type that has no schema', (one: Receiver) => (one.type = 'wechat')],
  ['a number where Grafana wants a text', (one: Receiver) => (one.settings['title'] = 1)],
])('would refuse %s', (_what, change) => {
  const copy = structuredClone(readYaml(contactPointsFile)) as AlertingFile;
  const [receiver] = copy.contactPoints?.[0]?.receivers ?? [];
  change(receiver as Receiver);
  expect(faultsOf(CONTACT_POINTS_SCHEMA, copy)).not.toEqual([]);
});

describe('the contact points', () => {
  it('are one per tier, and one per channel', () => {
    expect(contactPoints.map(({ name }) => name).sort()).toEqual(
      [
        ...['page', 'notify', 'digest', 'ticket', 'email-sms'],
        ...['wecom', 'dingding', 'email', 'webhook', 'jira', 'slack', 'pagerduty'],
      ]
        .map((name) => `runlane-${name}`)
        .sort()
    );
    expect(new Set(receivers.map(({ uid }) => uid)).size).toBe(receivers.length);
  });

  it('load with nothing set: a variable is a whole value, and none that Grafana must have', () => {
    const text = readText(contactPointsFile).replace(/^\s*#.*$/gm, '');
    const variables = [...text.matchAll(/^\s*(?:- )?(\w+): *(.*\$.*)$/gm)].map(([, key, value]) => [key, value]);
    expect(variables).toEqual([['authorization_credentials', '$RUNLANE_WRITE_TOKEN']]);
    expect(readText('provisioning/README.md')).toContain('`RUNLANE_WRITE_TOKEN`');
  });

  it('reach nobody until somebody fills them in, and fail instead of being quiet', () => {
    const addresses = receivers.flatMap(({ settings }) =>
      ['url', 'api_url', 'addresses'].flatMap((key) => (typeof settings[key] === 'string' ? [settings[key]] : []))
    );
    expect(addresses).toHaveLength(receivers.length);
    const foreign = addresses.filter((one) => !/^(https:\/\/|\w+@)[\w.-]*\.invalid(\/|$)/.test(one));
    expect(foreign).toEqual(['http://store:7331/api/v1/tickets']);
    expect(readText('store/src/api/alerts-route.ts')).toContain("'/api/v1/tickets'");
  });

  it('have no setting that becomes a number or a truth value when Grafana has replaced its variables', () => {
    const values = receivers.flatMap(({ settings }) => Object.values(settings));
    expect(values.filter((one) => typeof one === 'string' && /^([\d.eE+-]+|true|false)$/i.test(one))).toEqual([]);
  });

  it('are there for every rule and route that names one', () => {
    const names = new Set(contactPoints.map(({ name }) => name));
    const asked = files.flatMap(([, { groups = [], policies = [] }]) => [
      ...groups.flatMap(({ rules }) => rules.flatMap((rule) => rule.notification_settings?.receiver ?? [])),
      ...routesOf(policies).map(({ receiver }) => receiver),
    ]);
    expect(asked.filter((name) => name !== undefined && !names.has(name))).toEqual([]);
  });
});

it('disturbs nobody from the tier digest: its rules are told together, once a day, and not one by one', () => {
  const rules = files.flatMap(([, { groups = [] }]) => groups.flatMap((group) => group.rules));
  const digest = rules.filter(({ labels }) => labels['tier'] === 'digest');
  expect(digest.length).toBeGreaterThan(0);
  for (const { uid, notification_settings } of digest) {
    expect([uid, notification_settings]).toEqual([
      uid,
      {
        receiver: 'runlane-digest',
        group_by: ['grafana_folder', 'alertname'],
        group_wait: '10m',
        group_interval: '1d',
        repeat_interval: '4d',
      },
    ]);
  }
});

it('ships no routing tree that is in force: it would replace the user’s own', () => {
  expect(active.filter((file) => (readYaml(file) as AlertingFile).policies !== undefined)).toEqual([]);
});

it('names only mute timings that a sample defines', () => {
  const defined = files.flatMap(([, { muteTimes = [] }]) => muteTimes.map(({ name }) => name));
  const asked = files.flatMap(([, { policies = [] }]) =>
    routesOf(policies).flatMap(({ mute_time_intervals = [] }) => mute_time_intervals)
  );
  expect(asked.filter((name) => !defined.includes(name))).toEqual([]);
});

describe('the message templates', () => {
  const defined = [...templates.matchAll(/\{\{-? define "([^"]+)"/g)].map((match) => match[1] ?? '');

  it('are the same for Grafana and for Alertmanager', () => {
    const { templates: grafana } = readYaml('provisioning/alerting/templates.yaml') as AlertingFile;
    expect(grafana?.map(({ template }) => template)).toEqual([templates]);
  });

  it('are defined once each, wherever they are called from', () => {
    expect(new Set(defined).size).toBe(defined.length);
    const calls = [contactPointsFile, alertmanagerFile, templateFile].flatMap((file) => [
      ...readText(file).matchAll(/\{\{-? template \\?"([^"\\]+)\\?"/g),
    ]);
    expect(calls.length).toBeGreaterThan(50);
    expect(calls.map((match) => match[1] ?? '').filter((name) => !defined.includes(name))).toEqual([]);
  });

  it('say the same in both languages: the same templates with the same actions, but for the Chinese description', () => {
    const [en, zh] = LANGUAGES.map((language) => bodiesOf(language));
    expect(Object.keys(zh ?? {})).toEqual(Object.keys(en ?? {}));
    for (const name of Object.keys(en ?? {}).filter((one) => !['severity', 'rule', 'runbook'].includes(one))) {
      const own = actionsOf(zh?.[name] ?? '').filter((action) => !action.includes('description_zh'));
      expect([name, own]).toEqual([name, actionsOf(en?.[name] ?? '')]);
    }
  });

  it('open what they close', () => {
    const actions = actionsOf(templates);
    const opened = actions.filter((action) => /^(define|if|with|range)\b/.test(action));
    expect(actions.filter((action) => action === 'end')).toHaveLength(opened.length);
    expect(templates.replace(/\{\{.*?\}\}/gs, '')).not.toMatch(/\{\{|\}\}/);
  });

  it('let no value of an alert into a message unless it is made plain', () => {
    const bare = actionsOf(templates).filter((action) =>
      /^\.(Labels|Annotations|CommonLabels|CommonAnnotations|GeneratorURL)\b/.test(action)
    );
    expect(bare).toEqual([]);
  });

  it('use only functions that Alertmanager 0.25 and Grafana have', () => {
    const words = actionsOf(templates)
      .filter((action) => !action.startsWith('/*'))
      .join(' ')
      .replace(/`[^`]*`|"[^"]*"/g, '')
      .match(/(?<![.$\w])[a-zA-Z]\w*/g);
    const known = [
      'define',
      'end',
      'template',
      'if',
      'else',
      'with',
      'range',
      'and',
      'or',
      'eq',
      'gt',
      'lt',
      'len',
      'index',
      'match',
      'reReplaceAll',
    ];
    expect([...new Set(words)].filter((word) => !known.includes(word))).toEqual([]);
  });

  it('have a Chinese name for every rule', () => {
    const named = [...(bodiesOf('zh')['rule'] ?? '').matchAll(/eq \. "([^"]+)"/g)].map((match) => match[1]);
    expect(named).toEqual([...RULE_NAMES, ...HAND_WRITTEN_RULES]);
  });

  function bodiesOf(language: string): Record<string, string> {
    const pattern = new RegExp(
      `\\{\\{ define "runlane\\.${language}\\.(\\w+)" -\\}\\}(.*?)\\{\\{- end \\}\\}\\n(?=\\n|$)`,
      'gs'
    );
    return Object.fromEntries(
      [...templates.matchAll(pattern)].map(([, name, body]) => [
        name,
        (body ?? '').replaceAll(`runlane.${language}.`, 'runlane.'),
      ])
    );
  }
});

describe('Alertmanager', () => {
  it('knows the receivers that its routes name, and the tiers', () => {
    const names = alertmanager.receivers.map(({ name }) => name);
    const asked = routesOf([alertmanager.route]).map(({ receiver }) => receiver);
    expect(asked.filter((name) => name === undefined || !names.includes(name))).toEqual([]);
    expect(asked).toEqual(
      expect.arrayContaining(['page', 'notify', 'digest', 'ticket'].map((tier) => `runlane-${tier}`))
    );
    expect(new Set(names)).toEqual(new Set(asked));
  });

  it('loads templates that are there', () => {
    for (const glob of alertmanager.templates) {
      const folder = `provisioning/prometheus/${glob.replace('/*.tmpl', '')}`;
      expect(readdirSync(join(root, folder)).filter((file) => file.endsWith('.tmpl'))).not.toEqual([]);
    }
  });

  it('names only rules that exist', () => {
    const named = [...readText(alertmanagerFile).matchAll(/alertname=~?"([^"]+)"/g)].flatMap((match) =>
      (match[1] ?? '').split('|')
    );
    const known: string[] = [...RULE_NAMES, ...HAND_WRITTEN_RULES, 'watchdog'];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

it('reads the rule files that are there', () => {
  const { rule_files } = readYaml('provisioning/prometheus/prometheus.yml') as { rule_files: string[] };
  expect(rule_files).toEqual(['rules/*.yaml']);
  expect(yamlIn('provisioning/prometheus/rules')).not.toEqual([]);
});

it('gives the store of the compose file a config that it takes', () => {
  const file = 'provisioning/store/runlane.yaml';
  const config = parseConfig(readText(file), file, {});
  expect(
    config.alerts.rules.map(({ name }) => name).filter((name) => !(RULE_NAMES as readonly string[]).includes(name))
  ).toEqual([]);
});

describe.each([...RULE_NAMES, ...HAND_WRITTEN_RULES])('the runbook of %s', (rule) => {
  const pages = [`docs/runbooks/${rule}.md`, `docs/runbooks/zh-Hans/${rule}.md`];

  it('is there in both languages, and each page links to the other', () => {
    expect(pages.filter((page) => !existsSync(join(root, page)))).toEqual([]);
    expect(readText(pages[0] ?? '')).toContain(`(zh-Hans/${rule}.md)`);
    expect(readText(pages[1] ?? '')).toContain(`(../${rule}.md)`);
  });

  it('names thresholds and panels that exist, with the figures that ship', () => {
    for (const page of pages) {
      const text = readText(page);
      for (const [, family, name, figure] of text.matchAll(
        /`([a-z0-9]+(?:[A-Z]\w*)+)\.(\w+)`(?: ?[(（](\d[\d.]*)(?= ?(?:[)）]|min|分钟)))?/g
      )) {
        const value = thresholdsOf(family ?? '')?.[name ?? ''];
        expect([page, `${family}.${name}`, typeof value]).not.toEqual([page, `${family}.${name}`, 'undefined']);
        const shown = name?.endsWith('Ms') === true && name !== 'aboveMs' ? Number(value) / 60_000 : value;
        expect([page, name, figure === undefined ? shown : Number(figure)]).toEqual([page, name, shown]);
      }
      const places = [...text.matchAll(/\*\*([^*→\n]+) → ([^*\n]+)\*\*/g)];
      for (const [, dashboard, panel] of places) {
        expect([page, panels.includes(`${dashboard} → ${panel}`), panel]).toEqual([page, true, panel]);
      }
    }
  });

  it('is one screenful', () => {
    for (const page of pages) {
      expect([page, readText(page).trim().split('\n').length <= 40]).toEqual([page, true]);
    }
  });
});

describe('the pages on alerting', () => {
  const pages = ['README.md', 'README.zh-CN.md', 'docs/alerting.md'];
  const store = makeRules(RUNLANE_STORE);

  it('name only files that exist', () => {
    for (const page of pages) {
      const named = [
        ...readText(page).matchAll(
          /(?<!grafana\/|admin\/)\b(?:provisioning|src\/alerting|scripts\/alerting)\/[\w./-]*\w/g
        ),
      ].map((match) => match[0]);
      expect([page, named.filter((path) => !existsSync(join(root, path)))]).toEqual([page, []]);
    }
  });

  it('say how many rules there are', () => {
    const celery = readYaml('provisioning/samples/alerting/celery-exporter.yaml') as AlertingFile;
    expect(RULE_NAMES).toHaveLength(19);
    expect(store).toHaveLength(19);
    expect(celery.groups?.flatMap(({ rules }) => rules)).toHaveLength(11);
    expect(readText('README.md')).toMatch(/Nineteen rules[^]*Eleven rules work/);
    expect(readText('README.zh-CN.md')).toMatch(/十九条规则[^]*十一条规则/);
  });

  it('list each rule in the tier that it has, as its runbook does', () => {
    const text = readText('docs/alerting.md');
    for (const { name, tier, severity } of store) {
      const listed =
        new RegExp(`^\\| \`${tier}\` .*\\b${name}\\b`, 'm').test(text) || text.includes(`\`${name}\` goes to`);
      expect([name, tier, listed]).toEqual([name, tier, true]);
      expect(readText(`docs/runbooks/${name}.md`)).toContain(`Tier \`${tier}\` · ${severity} ·`);
      expect(readText(`docs/runbooks/zh-Hans/${name}.md`)).toContain(`级别 \`${tier}\` ·`);
    }
  });
});

it('has no runbook of a rule that is gone', () => {
  const known: string[] = [...RULE_NAMES, ...HAND_WRITTEN_RULES, 'README'].map((name) => `${name}.md`);
  for (const folder of ['docs/runbooks', 'docs/runbooks/zh-Hans']) {
    const pages = readdirSync(join(root, folder)).filter((file) => file.endsWith('.md'));
    expect(pages.filter((page) => !known.includes(page))).toEqual([]);
  }
});

function thresholdsOf(family: string): Readonly<Record<string, unknown>> | undefined {
  return (ALERT_SPEC as unknown as Record<string, Record<string, unknown>>)[family];
}

/** `Task timeline → Why runs failed`, of every dashboard in both languages. */
function panelNames(): string[] {
  return ['src/dashboards', 'provisioning/dashboards/zh-Hans'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.json'))
      .map((file) => JSON.parse(readText(`${folder}/${file}`)) as { title: string; panels: Array<{ title: string }> })
      .flatMap((dashboard) => dashboard.panels.map(({ title }) => `${dashboard.title} → ${title}`))
  );
}

function routesOf(routes: readonly Route[]): Route[] {
  return routes.flatMap((route) => [route, ...routesOf(route.routes ?? [])]);
}

/** What stands between double braces, without the marks that take white space away. */
function actionsOf(text: string): string[] {
  return [...text.matchAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs)].map((match) => match[1] ?? '');
}
