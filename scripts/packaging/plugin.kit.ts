import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A small plugin that breaks no rule, on disk: tests break one thing at a time. */
export interface FixturePlugin {
  root: string;
  dist: string;
  write(file: string, text: string): void;
  remove(file: string): void;
  /** Changes a JSON file in place. */
  edit(file: string, change: (json: Record<string, unknown>) => void): void;
  dispose(): void;
}

const LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z" fill="#4a7"/></svg>';
const MODULE = 'export const answer = 42;\n';

export function fixturePlugin(): FixturePlugin {
  const root = mkdtempSync(join(tmpdir(), 'runlane-fixture-'));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write('package.json', JSON.stringify({ version: '1.2.3', scripts: { build: 'webpack' } }));
  write('.config/webpack/webpack.config.ts', '// scaffolded by `@grafana/create-plugin`\n');
  writePlugin(write, '', 'acme-app', 'app', [
    { type: 'datasource', name: 'Acme', path: 'datasource/plugin.json' },
    { type: 'dashboard', name: 'Overview', path: 'dashboards/overview.json' },
    { type: 'page', name: 'Start', path: '/a/acme-app' },
  ]);
  writePlugin(write, 'datasource/', 'acme-datasource', 'datasource');
  write('dist/dashboards/overview.json', '{}');
  write('dist/LICENSE', readFileSync(join(__dirname, '../../LICENSE'), 'utf8'));
  write('dist/README.md', '# Acme\n\nReads [tasks](https://example.org/tasks), see [below](#more).\n');
  write('dist/CHANGELOG.md', '## 1.2.3\n\n- First.\n');
  return {
    root,
    dist: join(root, 'dist'),
    write,
    remove: (file) => rmSync(join(root, file), { recursive: true }),
    edit: (file, change) => {
      const json = JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, unknown>;
      change(json);
      write(file, JSON.stringify(json));
    },
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}

function writePlugin(
  write: FixturePlugin['write'],
  folder: string,
  id: string,
  type: string,
  includes: Array<Record<string, string>> = []
): void {
  const info = {
    version: '1.2.3',
    updated: '2026-01-02',
    keywords: ['tasks'],
    logos: { small: 'img/logo.svg', large: 'img/logo.svg' },
  };
  const json = { type, name: 'Acme', id, info, dependencies: { grafanaDependency: '>=12.3.0' }, includes };
  write(`dist/${folder}plugin.json`, JSON.stringify(json));
  write(`dist/${folder}img/logo.svg`, LOGO);
  write(`src/${folder}module.ts`, MODULE);
  write(`dist/${folder}module.js`, 'define([],()=>({answer:42}));');
  write(
    `dist/${folder}module.js.map`,
    JSON.stringify({
      version: 3,
      sources: [
        `webpack://acme-app/./${folder}module.ts`,
        'webpack://acme-app/../node_modules/x/index.js',
        'webpack://acme-app/webpack/bootstrap',
      ],
      sourcesContent: [MODULE, 'x', 'y'],
    })
  );
}
