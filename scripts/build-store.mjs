// Bundles the store, its archive worker and the agent for Node. Native and CommonJS dependencies stay outside.
import { build } from 'esbuild';
import { cpSync, existsSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const path = (file) => new URL(file, root).pathname;
const manifest = JSON.parse(readFileSync(path('store/package.json'), 'utf8'));

const entries = {
  runlane: 'store/src/main.ts',
  agent: 'store/src/agent/main.ts',
  'archive-worker': 'store/src/threads/worker.ts',
};
await build({
  entryPoints: Object.entries(entries)
    .filter(([, file]) => existsSync(path(file)))
    .map(([out, file]) => ({ in: path(file), out })),
  outdir: path('store/dist'),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  external: Object.keys(manifest.dependencies),
  define: { RUNLANE_VERSION: JSON.stringify(manifest.version) },
  logLevel: 'warning',
});
// Data that is read where the bundle is.
cpSync(path('store/src/sources/postgres-queue/queue-engines'), path('store/dist/queue-engines'), { recursive: true });
