import CopyWebpackPlugin from 'copy-webpack-plugin';
import type { Configuration } from 'webpack';
import { merge } from 'webpack-merge';

import grafanaConfig, { type Env } from './.config/webpack/webpack.config.ts';

/** The scaffold copies only the root plugin's images; nested plugins' logos must reach `dist/` too. */
const config = async (env: Env): Promise<Configuration> =>
  merge(await grafanaConfig(env), {
    plugins: [new CopyWebpackPlugin({ patterns: [{ from: '*/**/img/**/*', to: '.', noErrorOnMissing: true }] })],
    performance: { hints: false },
  });

export default config;
