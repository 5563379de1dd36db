import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { layOut } from '../../src/alerting/promql-layout';
import { makeRules } from '../../src/alerting/rules';
import { alertExpr } from '../../src/alerting/to-prometheus-yaml';
import { PROFILES } from '../../src/prometheus/profiles';
import { generatedFiles } from './files';

const root = join(__dirname, '../..');
const files = generatedFiles();

it.each(files)('$path is what the generator makes: run npm run alerting and commit', ({ path, text }) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text);
});

it('leaves no generated file behind', () => {
  const known = files.map(({ path }) => path);
  const folders = [
    'provisioning/alerting',
    'provisioning/prometheus/rules',
    'provisioning/samples/alerting',
    'provisioning/samples/prometheus',
  ];
  const marked = folders
    .flatMap((folder) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`))
    .filter((path) => readFileSync(join(root, path), 'utf8').includes('run npm run alerting'));
  expect(marked.filter((path) => !known.includes(path))).toEqual([]);
});

it('writes an expression on several lines and changes nothing but spaces', () => {
  for (const rule of PROFILES.flatMap((profile) => makeRules(profile))) {
    const expr = alertExpr(rule);
    const text = layOut(expr);
    expect(text.replace(/\s/g, '')).toBe(expr.replace(/\s/g, ''));
    expect(text.split('\n').every((line) => line.trim() !== '')).toBe(true);
  }
});

it('gives every rule of every file a uid of its own, and every group a name of its own in its folder', () => {
  const groups = files
    .filter(({ path }) => path.includes('/alerting/'))
    .flatMap(
      ({ text }) =>
        (parse(text) as { groups: Array<{ folder: string; name: string; rules: Array<{ uid: string }> }> }).groups
    );
  const uids = groups.flatMap(({ rules }) => rules.map(({ uid }) => uid));
  expect(new Set(uids).size).toBe(uids.length);
  const names = groups.map(({ folder, name }) => `${folder}/${name}`);
  expect(new Set(names).size).toBe(names.length);
});

it('writes texts of Grafana rules that hold where a query found nothing', () => {
  const texts = files.filter(({ path }) => path.includes('/alerting/')).map(({ text }) => text);
  const uses = texts.flatMap((text) => text.match(/\{\{[^}]*\$values[^}]*\}\}/g) ?? []);
  expect(uses.length).toBeGreaterThan(0);
  expect([...new Set(uses)]).toEqual(['{{ with $values.B }}']);
});
