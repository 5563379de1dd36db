#!/usr/bin/env node
import { existsSync } from 'node:fs';

// Node opens its debugger on a port for whoever may send this signal, unless somebody else listens to it. First of all,
// and for good: without a listener the signal would open it again.
process.on('SIGUSR1', () => undefined);

// The agent's commands have a small bundle of their own: what they wrap should not wait for the store's dependencies.
const AGENT_COMMANDS = ['run', 'watch', 'flush', 'spool'];
const name = AGENT_COMMANDS.includes(process.argv[2]) ? 'agent' : 'runlane';

const bundle = new URL(`../dist/${name}.mjs`, import.meta.url);
if (!existsSync(bundle)) {
  process.stderr.write(`[runlane] the store is not built: store/dist/${name}.mjs is missing. Run: npm run build:store\n`);
  process.exit(1);
}
await import(bundle.href);
