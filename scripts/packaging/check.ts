import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkArchiveLayout } from './archive-rules';
import { checkBundles } from './bundle-rules';
import type { Finding } from './finding';
import { checkMetadata } from './metadata-rules';
import { parseObject, readText, textAt } from './plugin-tree';
import { checkSource } from './source-rules';
import { checkSvgs } from './svg-rules';
import { checkTexts } from './text-rules';
import { readZip, unpackZip } from './zip';

/**
 * The rules that Grafana's plugin validator treats as errors, as far as they touch a plugin without a backend.
 * `dist` is a built tree, `root` the repository it was built from.
 */
export function checkDist(dist: string, root: string): Finding[] {
  const version = textAt(parseObject(readText(root, 'package.json')), 'version');
  return [
    ...checkMetadata(dist, version),
    ...checkTexts(dist),
    ...checkSvgs(dist),
    ...checkBundles(dist, root),
    ...checkSource(root),
  ];
}

/** The same for a packed plugin, and the layout of the archive besides. */
export function checkZip(zip: string, root: string): Finding[] {
  const entries = readZip(zip);
  const names = entries.map((entry) => entry.name);
  const manifest = entries.find((entry) => /^[^/]+\/plugin\.json$/.test(entry.name));
  const id = manifest && textAt(parseObject(manifest.read().toString('utf8')), 'id');
  const layout = checkArchiveLayout(names, id, zip);
  if (!manifest || layout.length > 0) {
    return layout.length > 0
      ? layout
      : [{ rule: 'metadata-missing', file: zip, message: 'holds no plugin.json. Build first.' }];
  }
  const folder = mkdtempSync(join(tmpdir(), 'runlane-package-'));
  try {
    unpackZip(entries, folder);
    return checkDist(join(folder, manifest.name.replace('/plugin.json', '')), root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
