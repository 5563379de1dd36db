import { resolve } from 'node:path';
import CopyWebpackPlugin from 'copy-webpack-plugin';
import type { Configuration, RuleSetRule } from 'webpack';
import { merge } from 'webpack-merge';

import { copyFilePatterns } from './.config/bundler/copyFiles.ts';
import grafanaConfig, { type Env } from './.config/webpack/webpack.config.ts';

// The scaffold copies every JSON file below src; what connectors recorded for their tests must not ship.
for (const pattern of copyFilePatterns.filter(({ from }) => from === '**/*.json')) {
  Object.assign(pattern, { globOptions: { ignore: ['**/fixtures/**'] } });
}

/**
 * What every browser that Grafana 12.3 supports understands. The scaffold's ES2015 writes out each `?.`, `??` and `await`, a sixth
 * of a module.
 */
const TARGET = 'es2021';

/** @throws when the scaffold compiles with something else: then its target is set elsewhere */
function forNewBrowsers(scaffold: Configuration): Configuration {
  const rule = scaffold.module?.rules?.find(
    (one): one is RuleSetRule => typeof one === 'object' && JSON.stringify(one).includes('swc-loader')
  );
  const { options } = (rule?.use ?? {}) as { options?: { jsc?: { target?: string } } };
  if (options?.jsc?.target === undefined) {
    throw new Error('[webpack] The scaffold has no swc-loader with a target any more. Set the target where it is now.');
  }
  options.jsc.target = TARGET;
  return scaffold;
}

/**
 * The scaffold copies only the root plugin's images; nested plugins' logos must reach `dist/` too, and the runbooks that
 * the app shows.
 */
const config = async (env: Env): Promise<Configuration> =>
  merge(forNewBrowsers(await grafanaConfig(env)), {
    plugins: [
      new CopyWebpackPlugin({
        patterns: [
          { from: '*/**/img/**/*', to: '.', noErrorOnMissing: true },
          {
            from: '**/*.md',
            to: 'runbooks',
            context: resolve('docs/runbooks'),
            globOptions: { ignore: ['**/README.md'] },
          },
        ],
      }),
    ],
    performance: { hints: false },
  });

export default config;
