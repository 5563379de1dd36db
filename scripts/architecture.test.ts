import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

const root = join(__dirname, '..');
const { rooms } = require('../.dependency-cruiser.cjs') as { rooms: Record<string, string[]> };

function folders(path: string): string[] {
  return readdirSync(join(root, path))
    .filter((name) => statSync(join(root, path, name)).isDirectory())
    .map((name) => `${path}/${name}`);
}

/** Every room of the browser side and of the store. `panels` is a corridor: its rooms are one level below. */
function allRooms(): string[] {
  const assets = new Set(['src/img', 'src/locales', 'src/dashboards', 'src/panels']);
  return [...folders('src').filter((path) => !assets.has(path)), ...folders('src/panels'), ...folders('store/src')];
}

const besideSrc = ['store', 'dashboards', 'preview', 'demo', 'bench', 'scripts', 'provisioning'];
/** Rooms beside `src` that hold code. */
const withCode = ['dashboards', 'preview', 'demo', 'bench', 'scripts'];

describe('the architecture', () => {
  it.each([...allRooms(), ...withCode])('%s has a row in the import table', (room) => {
    expect(Object.keys(rooms)).toContain(room);
  });

  it('has no row for a room that is gone', () => {
    expect(Object.keys(rooms).filter((room) => !existsSync(join(root, room)))).toEqual([]);
  });

  it.each([...allRooms(), ...besideSrc])('%s has a README of at most ten lines', (room) => {
    const path = join(root, room, 'README.md');
    expect(existsSync(path)).toBe(true);
    expect(readFileSync(path, 'utf8').trim().split('\n').length).toBeLessThanOrEqual(10);
  });

  it('keeps src at most two folders deep, fixtures, assets and lists of data aside', () => {
    const deep: string[] = [];
    const walk = (path: string, depth: number) => {
      for (const folder of folders(path)) {
        if (/\/(fixtures|locales|img|__snapshots__|profiles)$/.test(folder)) {
          continue;
        }
        // A large panel has folders of its own.
        if (depth >= (folder.startsWith('src/panels/') ? 3 : 2)) {
          deep.push(folder);
        }
        walk(folder, depth + 1);
      }
    };
    walk('src', 0);
    expect(deep).toEqual([]);
  });

  it('has rooms of which none imports itself in a circle', () => {
    const reached = (room: string, seen: Set<string>): Set<string> => {
      for (const next of rooms[room] ?? []) {
        if (next !== room && !seen.has(next)) {
          reached(next, seen.add(next));
        }
      }
      return seen;
    };
    expect(Object.keys(rooms).filter((room) => reached(room, new Set()).has(room))).toEqual([]);
  });

  it('names files in one way, for what they hold', () => {
    const sources = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.mjs'], { cwd: root, encoding: 'utf8' })
      .trim()
      .split('\n')
      .filter((path) => !path.startsWith('.config/'));
    expect(sources.filter((path) => /[A-Z_]|\b(facts|utils?|helpers?|common|misc)\b/.test(basename(path)))).toEqual([]);
    // What only tests use says so.
    const kits = sources.filter((path) =>
      /(?<!\.)\b(kit|fake|mock|stub|contract)s?(-\w+)*\.tsx?$/.test(basename(path))
    );
    expect(kits.filter((path) => !/\.(kit|test)\.tsx?$/.test(path) && !path.startsWith('tests/'))).toEqual([]);
  });

  it('has no room for what belongs nowhere', () => {
    const nowhere: string[] = [];
    const walk = (path: string) => {
      for (const folder of folders(path)) {
        if (/\/(utils?|common|helpers?|lib|shared|misc)$/.test(folder)) {
          nowhere.push(folder);
        }
        if (!/node_modules|dist$/.test(folder)) {
          walk(folder);
        }
      }
    };
    ['src', 'store', 'preview', 'demo', 'bench', 'scripts', 'dashboards']
      .filter((path) => existsSync(join(root, path)))
      .forEach(walk);
    expect(nowhere).toEqual([]);
  });

  it('registers every connector folder, and has a folder for every registered connector', () => {
    const names = folders('src/connectors')
      .map((path) => relative('src/connectors', path))
      .filter((name) => name !== '__snapshots__')
      .sort();
    const registry = readFileSync(join(root, 'src/connectors/index.ts'), 'utf8');
    const imported = [...registry.matchAll(/from '\.\/([a-z0-9-]+)\/system'/g)].map((match) => match[1]).sort();
    expect(imported).toEqual(names);
  });

  it('declares every nested plugin in the root plugin.json, under the path it is built to', () => {
    const plugin = JSON.parse(readFileSync(join(root, 'src/plugin.json'), 'utf8')) as {
      includes: Array<{ type: string; path?: string }>;
    };
    const declared = plugin.includes
      .filter((include) => include.type === 'panel' || include.type === 'datasource')
      .map((include) => include.path)
      .sort();
    const nested = ['src/datasource', ...folders('src/panels')]
      .map((path) => `${path}/plugin.json`)
      .filter((path) => existsSync(join(root, path)))
      .map((path) => path.slice('src/'.length))
      .sort();
    expect(declared).toEqual(nested);
  });
});
