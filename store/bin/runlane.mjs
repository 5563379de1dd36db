#!/usr/bin/env node
import { existsSync } from 'node:fs';

const bundle = new URL('../dist/runlane.mjs', import.meta.url);
if (!existsSync(bundle)) {
  process.stderr.write('[runlane] the store is not built: store/dist/runlane.mjs is missing. Run: npm run build:store\n');
  process.exit(1);
}
await import(bundle.href);
