import { resolve } from 'node:path';
import CopyWebpackPlugin from 'copy-webpack-plugin';
import type { Configuration } from 'webpack';
import { merge } from 'webpack-merge';

import { copyFilePatterns } from './.config/bundler/copyFiles.ts';
import grafanaConfig, { type Env } from './.config/webpack/webpack.config.ts';

// The scaffold copies every JSON file below src; what connectors recorded for their tests must not ship.
for (const pattern of copyFilePatterns.filter(({ from }) => from === '**/*.json')) {
  Object.assign(pattern, { globOptions: { ignore: ['**/fixtures/**'] } });
}

/** The scaffold writes for browsers of 2015; Grafana's are those of today, which read classes as they are (decision 058). */
const JS_TARGET = 'es2022';

function forBrowsersOfToday(config: Configuration): Configuration {
  for (const rule of config.module?.rules ?? []) {
    const use = typeof rule === 'object' && rule !== null ? rule.use : undefined;
    if (typeof use === 'object' && use !== null && 'loader' in use && use.loader === 'swc-loader') {
      const options = use.options as { jsc: { target: string } };
      options.jsc.target = JS_TARGET;
    }
  }
  return config;
}

/**
 * The scaffold copies only the root plugin's images; nested plugins' logos must reach `dist/` too, and the runbooks that
 * the app shows.
 */
const config = async (env: Env): Promise<Configuration> =>
  merge(forBrowsersOfToday(await grafanaConfig(env)), {
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
