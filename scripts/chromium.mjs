// Finds a Chromium for tests and screenshots: CHROMIUM_PATH, or the one that @sparticuz/chromium brings along.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { spawnSync } from 'node:child_process';
import { brotliDecompressSync } from 'node:zlib';

const require = createRequire(import.meta.url);

/** Its own switches are for one-process sandboxes and turn web security off; these suffice. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--font-render-hinting=none',
  '--force-color-profile=srgb',
];

/**
 * Path of a Chromium that starts on this machine, and the environment it needs.
 * @returns {Promise<{ executablePath: string, env: Record<string, string>, args: string[] }>}
 */
export async function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) {
    if (!existsSync(chosen)) {
      throw new Error(
        `[chromium] CHROMIUM_PATH names ${chosen}, where there is no file. Correct it or leave it unset.`
      );
    }
    return { executablePath: chosen, env: {}, args: CHROMIUM_ARGS };
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `[chromium] the package @sparticuz/chromium is for Linux on x64, this is ${process.platform} on ${process.arch}. Set CHROMIUM_PATH to an installed Chrome or Chromium.`
    );
  }
  const { default: chromium } = await import('@sparticuz/chromium');
  const executablePath = await chromium.executablePath();
  const env = { ...fontEnvironment(), ...libraryEnvironment(executablePath) };
  return { executablePath, env, args: CHROMIUM_ARGS };
}

/** The package's font configuration names /tmp/fonts; with another TMPDIR and no system fonts all text would be blank. */
function fontEnvironment() {
  const fonts = join(tmpdir(), 'fonts');
  if (tmpdir() === '/tmp' || !existsSync(join(fonts, 'fonts.conf'))) {
    return existsSync(join(fonts, 'fonts.conf')) ? { FONTCONFIG_PATH: fonts } : {};
  }
  const own = join(fonts, 'fonts.conf');
  const text = readFileSync(own, 'utf8');
  if (text.includes('/tmp/fonts')) {
    writeFileSync(own, text.replaceAll('/tmp/fonts', fonts));
  }
  return { FONTCONFIG_PATH: fonts };
}

/** A bare machine lacks libnss3 and friends: the package has them too, in an archive of its own. */
function libraryEnvironment(executablePath) {
  const missing = missingLibraries(executablePath, {});
  if (missing.length === 0) {
    return {};
  }
  const folder = join(tmpdir(), 'runlane-chromium-libraries');
  if (!existsSync(join(folder, 'lib'))) {
    const archive = join(dirname(require.resolve('@sparticuz/chromium')), '../../bin/al2023.tar.br');
    const found = existsSync(archive) ? archive : findArchive();
    unpack(brotliDecompressSync(readFileSync(found)), folder);
  }
  const env = { LD_LIBRARY_PATH: [join(folder, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') };
  const still = missingLibraries(executablePath, env);
  if (still.length > 0) {
    throw new Error(
      `[chromium] it needs ${still.join(', ')}, which this machine lacks. Install them (Debian: apt-get install libnss3 libnspr4 libexpat1) or set CHROMIUM_PATH.`
    );
  }
  return env;
}

function missingLibraries(executablePath, env) {
  const { stdout } = spawnSync('ldd', [executablePath], { encoding: 'utf8', env: { ...process.env, ...env } });
  return [...(stdout ?? '').matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
}

function findArchive() {
  let folder = dirname(require.resolve('@sparticuz/chromium'));
  while (!existsSync(join(folder, 'bin/al2023.tar.br'))) {
    if (dirname(folder) === folder) {
      throw new Error('[chromium] @sparticuz/chromium has no bin/al2023.tar.br. Run npm ci again.');
    }
    folder = dirname(folder);
  }
  return join(folder, 'bin/al2023.tar.br');
}

/** Plain files of a tar archive; that is all this one holds. Written aside and moved, so that two runs do not meet. */
function unpack(tar, folder) {
  const aside = `${folder}.${process.pid}`;
  for (let at = 0; at + 512 <= tar.length;) {
    const header = tar.subarray(at, at + 512);
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/, '');
    const size = Number.parseInt(header.toString('utf8', 124, 136), 8) || 0;
    const type = String.fromCharCode(header[156]);
    if (name !== '' && (type === '0' || type === '\0') && !name.includes('..')) {
      mkdirSync(dirname(join(aside, name)), { recursive: true });
      writeFileSync(join(aside, name), tar.subarray(at + 512, at + 512 + size), { mode: 0o755 });
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  if (!existsSync(join(aside, 'lib'))) {
    const [only] = readdirSync(aside);
    throw new Error(`[chromium] the library archive holds "${only ?? 'nothing'}" where lib/ was expected.`);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(aside, folder);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const found = await findChromium();
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
  } else {
    process.stdout.write(`${found.executablePath}\n`);
    for (const [name, value] of Object.entries(found.env)) {
      process.stdout.write(`${name}=${value}\n`);
    }
  }
}
