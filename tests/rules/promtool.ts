import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { installPrometheus } from '../systems/prometheus';
import type { RuleCase } from './cases';

const run = promisify(execFile);

/** A sample that an expression must give: its labels in promtool's notation, and its value. */
export interface ExpectedSample {
  labels: string;
  value: number;
}

export interface RuleTest {
  name: string;
  input_series: Array<{ series: string; values: string }>;
  promql_expr_test?: Array<{ expr: string; eval_time: string; exp_samples: ExpectedSample[] }>;
  alert_rule_test?: Array<{
    eval_time: string;
    alertname: string;
    exp_alerts: Array<{ exp_labels: Record<string, string>; exp_annotations: Record<string, string> }>;
  }>;
}

/** @throws with promtool's own words when the files are not what Prometheus reads */
export async function checkRules(files: readonly string[]): Promise<void> {
  await promtool(['check', 'rules', ...files]);
}

/** What is wrong by promtool's judgement; nothing when all tests hold. @param rules texts of rule files */
export async function testRules(
  rules: readonly string[],
  tests: readonly RuleTest[],
  { step = '1m', evaluation = '1m', order }: { step?: string; evaluation?: string; order?: string[] } = {}
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'runlane-rules-'));
  try {
    const files = rules.map((text, i) => {
      writeFileSync(join(folder, `rules-${i}.yaml`), text);
      return `rules-${i}.yaml`;
    });
    const file = join(folder, 'tests.yaml');
    const document = {
      rule_files: files,
      evaluation_interval: evaluation,
      ...(order === undefined ? {} : { group_eval_order: order }),
      tests: tests.map((test) => ({ interval: step, ...test })),
    };
    writeFileSync(file, stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }));
    await promtool(['test', 'rules', file]);
    return '';
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A rule file with one alert of another: the others cost time and decide nothing. @returns its text */
export function onlyRule(text: string, name: string): string {
  const { groups } = parse(text) as { groups: Array<{ name: string; rules: Array<{ alert?: string }> }> };
  return stringify({
    groups: groups.map((group) => ({ ...group, rules: group.rules.filter(({ alert }) => alert === name) })),
  });
}

/** How many alerts of the rule fire, minute by minute, and the labels of one. */
export function testOf({ rule, it, series, firing, labels }: RuleCase): RuleTest {
  const alerts = `ALERTS{alertname="${rule}",alertstate="firing"}`;
  const minutes = Object.entries(firing);
  const [first] = minutes.find(([, count]) => count > 0) ?? [];
  const wanted = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return {
    name: `${rule} ${it}`,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      ...minutes.map(([minute, count]) => ({
        expr: `count(${alerts}) or vector(0)`,
        eval_time: `${minute}m`,
        exp_samples: [{ labels: '{}', value: count }],
      })),
      ...(labels === undefined || first === undefined
        ? []
        : [
            {
              expr: `group by (${Object.keys(labels).join(',')}) (${alerts})`,
              eval_time: `${first}m`,
              exp_samples: [{ labels: `{${wanted.join(',')}}`, value: 1 }],
            },
          ]),
    ],
  };
}

async function promtool(args: readonly string[]): Promise<void> {
  const command = await installPrometheus('promtool');
  try {
    await run(command, [...args], { maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${stderr}${stdout}`.slice(0, 8000), { cause: error });
  }
}
