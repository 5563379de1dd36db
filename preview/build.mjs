// Builds the preview: the page (ESM with splitting, the libraries that Grafana shares with plugins) and its server.
import { build } from 'esbuild';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
// Built aside and put in place at the end: a preview that is running, or a build beside this one, never sees half of it.
const out = join(here, `../.runlane/preview-build-${process.pid}`);
const require = createRequire(import.meta.url);
const packageFolder = (name) => dirname(require.resolve(`${name}/package.json`));
const grafanaVersion = require('@grafana/runtime/package.json').version;

/** Some singletons of @grafana/runtime are set by Grafana alone; the package does not export their setters. */
const runtimeInternals = {
  name: 'runtime-internals',
  setup(builder) {
    builder.onResolve({ filter: /^grafana-runtime-internal\// }, ({ path }) => ({
      path: join(
        packageFolder('@grafana/runtime'),
        'dist/esm',
        `${path.slice('grafana-runtime-internal/'.length)}.mjs`
      ),
    }));
  },
};

/** @grafana/scenes 6 wants the table's default options, which @grafana/schema 12.4 no longer has; only its builders use them. */
const tableOptions = {
  name: 'table-options',
  setup(builder) {
    builder.onLoad({ filter: /composable\/table\/panelcfg\/x\/types\.gen\.mjs$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\nexport const defaultOptions = {};\n`,
      loader: 'js',
    }));
  },
};

/** moment-timezone adds its zones to the moment that it finds itself: every other package must get that same one. */
const oneMoment = {
  name: 'one-moment',
  setup(builder) {
    const path = createRequire(require.resolve('moment-timezone')).resolve('moment');
    builder.onResolve({ filter: /^moment$/ }, () => ({ path }));
  },
};

await mkdir(out, { recursive: true });
await Promise.all([
  build({
    entryPoints: [join(here, 'main.tsx')],
    outdir: join(out, 'page'),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    minify: true,
    sourcemap: false,
    loader: { '.svg': 'dataurl', '.woff': 'file', '.woff2': 'file', '.ttf': 'file' },
    // SystemJS brings a global `define`, which libraries in UMD form would take for the way to export themselves.
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis', define: 'undefined' },
    plugins: [runtimeInternals, tableOptions, oneMoment],
    logLevel: 'warning',
    legalComments: 'none',
  }),
  build({
    entryPoints: [join(here, 'server.ts')],
    outfile: join(out, 'server.mjs'),
    bundle: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    sourcemap: true,
    define: { GRAFANA_VERSION: JSON.stringify(grafanaVersion) },
    logLevel: 'warning',
    // yaml is CommonJS and asks for Node's own modules with `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  }),
]);

const assets = join(out, 'public');
await cp(join(packageFolder('@grafana/ui'), 'dist/public/img/icons'), join(assets, 'build/img/icons'), {
  recursive: true,
});
const line = join(packageFolder('@iconscout/unicons'), 'svg/line');
await cp(line, join(assets, 'build/img/icons/unicons'), { recursive: true, force: false });
const fonts = [
  ['@fontsource/inter', 'inter-latin-400-normal.woff2', 'inter/Inter-Regular.woff2'],
  ['@fontsource/inter', 'inter-latin-500-normal.woff2', 'inter/Inter-Medium.woff2'],
  ['@fontsource/inter', 'inter-latin-400-italic.woff2', 'inter/Inter-Italic.woff2'],
  ['@fontsource/inter', 'inter-latin-500-italic.woff2', 'inter/Inter-MediumItalic.woff2'],
  [
    '@fontsource/roboto-mono',
    'roboto-mono-latin-400-normal.woff2',
    'roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2',
  ],
];
await mkdir(join(assets, 'fonts/inter'), { recursive: true });
await mkdir(join(assets, 'fonts/roboto'), { recursive: true });
for (const [name, from, to] of fonts) {
  await cp(join(packageFolder(name), 'files', from), join(assets, 'fonts', to));
}
for (const file of ['dist/system.min.js', 'dist/extras/amd.min.js']) {
  await cp(join(packageFolder('systemjs'), file), join(assets, file.replace(/^dist\/(extras\/)?/, 'systemjs/')));
}

const old = `${out}-old`;
await rename(join(here, 'dist'), old).catch(() => undefined);
await rename(out, join(here, 'dist'));
await rm(old, { recursive: true, force: true });
