import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RULE_NAMES } from '../../src/alerting/rule';
import { checkRules, onlyRule, testOf, testRules } from '../rules/promtool';
import { STORE_CASES } from '../rules/store-cases';

const root = join(__dirname, '../..');
const rulesFolder = join(root, 'provisioning/prometheus/rules');
const samplesFolder = join(root, 'provisioning/samples/prometheus');
const yamlIn = (folder: string) => readdirSync(folder).map((file) => join(folder, file));

it('every rule file is what Prometheus reads', async () => {
  await checkRules([...yamlIn(rulesFolder), ...yamlIn(samplesFolder)]);
}, 600_000);

it('has a case for every rule', () => {
  const tested = new Set(STORE_CASES.map(({ rule }) => rule));
  expect(RULE_NAMES.filter((name) => !tested.has(name))).toEqual([]);
});

describe('rules on the metrics of the task store', () => {
  const storeRules = readFileSync(join(rulesFolder, 'runlane-alerts.yaml'), 'utf8');
  it.each(STORE_CASES.map((one) => [one.rule, one.it, one] as const))('%s %s', async (_rule, _it, one) => {
    expect(await testRules([onlyRule(storeRules, one.rule)], [testOf(one)])).toBe('');
  });
});
