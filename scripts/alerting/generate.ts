import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROFILES } from '../../src/prometheus/profiles';
import { generatedFiles, samplesOf } from './files';
import type { GeneratedFile } from './files';

const root = join(__dirname, '../..');

/**
 * `npm run alerting`: writes every rule file, and removes samples that are no longer made.
 * `npm run alerting -- <profile>`: prints the files of one exporter.
 */
const [id] = process.argv.slice(2);
if (id === undefined) {
  writeAll(generatedFiles());
} else {
  print(id);
}

function writeAll(files: readonly GeneratedFile[]): void {
  for (const { path, text } of files) {
    const at = join(root, path);
    const before = existsSync(at) ? readFileSync(at, 'utf8') : undefined;
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text);
    process.stdout.write(`${text === before ? 'same   ' : 'written'} ${path}\n`);
  }
  for (const folder of ['provisioning/samples/alerting', 'provisioning/samples/prometheus']) {
    for (const name of readdirSync(join(root, folder))) {
      const path = `${folder}/${name}`;
      // Others keep samples there too: only what this program has written is its to remove.
      const ours = readFileSync(join(root, path), 'utf8').includes('run npm run alerting');
      if (ours && !files.some((file) => file.path === path)) {
        rmSync(join(root, path));
        process.stdout.write(`removed ${path}\n`);
      }
    }
  }
}

function print(profileId: string): void {
  const profile = PROFILES.find((one) => one.id === profileId);
  if (profile === undefined) {
    process.stderr.write(`No profile "${profileId}". There are: ${PROFILES.map((one) => one.id).join(', ')}.\n`);
    process.exit(1);
  }
  for (const { path, text } of samplesOf(profile)) {
    process.stdout.write(`### ${path}\n${text}\n`);
  }
}
