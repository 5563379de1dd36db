// Drawing: the real panel component in Chromium against uPlot, vis-timeline and the state timeline's shape.
import { build } from 'esbuild';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from '../scripts/chromium.mjs';
import { compare, judge, median } from './rounds.mjs';

const require = createRequire(import.meta.url);

async function openPage() {
  const bundle = await build({
    entryPoints: [new URL('page/main.tsx', import.meta.url).pathname],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    outdir: 'bench/results/page',
    write: false,
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    loader: { '.svg': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl', '.png': 'dataurl' },
    // moment-timezone extends the CommonJS build of moment, so everyone must get that one.
    alias: { moment: require.resolve('moment/moment.js') },
    logLevel: 'error',
  });
  const { executablePath, env } = await findChromium();
  const browser = await chromium.launch({
    executablePath,
    env: { ...process.env, ...env },
    args: CHROMIUM_ARGS,
  });
  const page = await browser.newPage({ viewport: { width: 1640, height: 860 }, locale: 'en-US' });
  page.on('pageerror', (error) => process.stderr.write(`[bench] page: ${error.stack}\n`));
  // A page of an origin of its own: `about:blank` has no localStorage, which Grafana's libraries want.
  const html = '<!doctype html><html><body style="margin:0;background:#111217"></body></html>';
  await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto('http://bench.localhost/');
  for (const file of bundle.outputFiles) {
    await (file.path.endsWith('.css') ? page.addStyleTag({ content: file.text }) : page.addScriptTag({ content: file.text }));
  }
  const devtools = await page.context().newCDPSession(page);
  /** Bytes of JS objects and of the buffers behind typed arrays, after a full collection. */
  const heap = async () => {
    // Several times: finalizers and React's spare tree let go of a panel only after a further turn.
    for (let turn = 0; turn < 4; turn++) {
      await devtools.send('HeapProfiler.collectGarbage');
      await page.waitForTimeout(50);
    }
    const { usedSize, backingStorageSize } = await devtools.send('Runtime.getHeapUsage');
    if (backingStorageSize === undefined) {
      throw new Error('this Chromium does not tell how large the buffers behind typed arrays are');
    }
    return usedSize + backingStorageSize;
  };
  return { page, heap, close: () => browser.close() };
}

export async function draw({ rounds }) {
  const { page, close } = await openPage();
  const call = (name, ...args) => page.evaluate(([name, args]) => window.bench[name](...args), [name, args]);
  const results = [];
  try {
    results.push(
      // The ratio is the peer's time over ours: how many times faster.
      await compare({
        name: 'frame, 1M runs on 200 lanes, full view: times faster',
        unit: 'frames/s',
        better: 'more',
        goal: 100,
        peerName: 'uPlot 1.6.32, custom path renderer',
        rounds,
        ours: async () => 1000 / (await call('frameOurs', 1_000_000)),
        peer: async () => 1000 / (await call('frameUPlot', 1_000_000)),
      }),
      await compare({
        name: 'frame, 10M runs against 1M',
        unit: 'ms',
        better: 'less',
        goal: 3,
        peerName: 'itself, 1M',
        rounds,
        ours: () => call('frameOurs', 10_000_000),
        peer: () => call('frameOurs', 1_000_000),
      }),
      await compare({
        name: 'first paint from memory, 1M runs',
        unit: 'ms',
        better: 'less',
        goal: 1 / 50,
        peerName: 'vis-timeline 8.5.4, 10k items',
        rounds,
        ours: () => call('firstPaintOurs', 1_000_000),
        peer: () => call('firstPaintVis', 10_000),
      })
    );
  } finally {
    await close();
  }
  return [...results, ...(await refreshes(rounds))];
}

/** In a page of its own: what ten million runs leave behind would be collected in the middle of it. */
async function refreshes(rounds) {
  const { page, heap, close } = await openPage();
  const call = (name, ...args) => page.evaluate(([name, args]) => window.bench[name](...args), [name, args]);
  const refresh = async (shape, count) => {
    await call('prepare', shape, count);
    const before = await heap();
    const ms = await call('refresh');
    const after = await heap();
    const bytes = after - before;
    await call('release');
    if (process.env.RUNLANE_BENCH_DEBUG) {
      process.stdout.write(`  heap, ${shape}: ${Math.round(before / 1e6)} → ${Math.round(after / 1e6)} MB\n`);
    }
    return { ms, bytes };
  };
  try {
    const heaps = [];
    return [
      await compare({
        name: 'frame in memory → fields processed → drawn, 1M runs, main thread',
        unit: 'ms',
        better: 'less',
        goal: 1 / 10,
        peerName: "state timeline's shape, 100k",
        rounds,
        ours: async () => {
          const result = await refresh('ours', 1_000_000);
          heaps.push({ ours: result.bytes });
          return result.ms;
        },
        peer: async () => {
          const result = await refresh('state timeline', 100_000);
          heaps.at(-1).peer = result.bytes;
          return result.ms;
        },
      }),
      judge({
        name: 'the same, heap kept',
        unit: 'MB',
        better: 'less',
        goal: 1 / 5,
        peerName: "state timeline's shape, 100k",
        ours: median(heaps.map((h) => h.ours)) / 1e6,
        peer: median(heaps.map((h) => h.peer)) / 1e6,
        ratio: median(heaps.map((h) => h.ours / h.peer)),
      }),
    ];
  } finally {
    await close();
  }
}

/** Not speed: whether every pixel column that holds a failed run shows it. The same on any machine. */
export async function columns() {
  const { page, close } = await openPage();
  const call = (name, ...args) => page.evaluate(([name, args]) => window.bench[name](...args), [name, args]);
  const results = [];
  try {
    for (const [count, overlap] of [[10_000, 0.7], [100_000, 0.7], [1_000_000, 0.7], [100_000, 8], [1_000_000, 80]]) {
      const { want, shown } = await call('failingColumns', count, overlap);
      results.push(
        judge({
          name: `failing pixel columns shown, ${count.toLocaleString('en-US')} runs${overlap > 1 ? ', overlapping' : ''}`,
          unit: 'columns',
          better: 'more',
          goal: 1,
          exact: true,
          peerName: 'brute force',
          ours: shown,
          peer: want,
          ratio: shown / want,
        })
      );
    }
  } finally {
    await close();
  }
  return results;
}
