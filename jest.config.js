// Two projects: what ships to the browser runs in jsdom, the store and the scripts in Node. The connectors' contract
// runs in both, against the same snapshots, so that browser and store cannot drift apart. A third, `live`, starts real
// servers (tests/systems) and is run apart, by `npm run test:live`.
process.env.TZ = 'UTC';

const base = require('./.config/jest.config');
const { grafanaESModules, nodeModulesToTransform } = require('./.config/jest/utils');

const [swc] = Object.values(base.transform);
// `.mjs` too: d3-color 3.1.1 ships its main file under that name, which the scaffold's pattern misses.
const transform = { '^.+\\.(m|c)?(t|j)sx?$': swc };

// moment-timezone adds its zones to the moment beside it; Grafana's packages, as installed, would each find another one.
const { dirname } = require('node:path');
const moment = require.resolve('moment', { paths: [dirname(require.resolve('moment-timezone'))] });

module.exports = {
  testTimeout: 30_000,
  projects: [
    {
      ...base,
      displayName: 'browser',
      rootDir: __dirname,
      testMatch: ['<rootDir>/src/**/*.test.{ts,tsx}'],
      // The alerting room's tests read YAML, whose browser build is an ES module: they run in Node.
      testPathIgnorePatterns: ['/node_modules/', '\\.node\\.test\\.ts$', '/src/alerting/'],
      transform,
      moduleNameMapper: { ...base.moduleNameMapper, '^moment$': moment },
      setupFiles: ['<rootDir>/jest-message-channel.js'],
      // The last two: @grafana/ui 13 brings them as ES modules.
      transformIgnorePatterns: [nodeModulesToTransform([...grafanaESModules, '@react-hookz', '@ver0'])],
      modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/store/dist', '<rootDir>/preview/dist'],
    },
    {
      displayName: 'node',
      rootDir: __dirname,
      testEnvironment: 'node',
      testMatch: [
        '<rootDir>/store/{bin,src}/**/*.test.ts',
        '<rootDir>/demo/**/*.test.ts',
        '<rootDir>/preview/**/*.test.ts',
        '<rootDir>/scripts/**/*.test.ts',
        '<rootDir>/dashboards/**/*.test.ts',
        '<rootDir>/bench/**/*.test.ts',
        '<rootDir>/src/connectors/**/*.test.ts',
        '<rootDir>/src/alerting/**/*.test.ts',
      ],
      transform,
      // light-my-request (fastify's inject) brings a cookie parser that is an ES module.
      transformIgnorePatterns: [nodeModulesToTransform([...grafanaESModules, 'cookie'])],
      modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/store/dist', '<rootDir>/preview/dist'],
    },
    {
      displayName: 'live',
      rootDir: __dirname,
      testEnvironment: 'node',
      testMatch: ['<rootDir>/tests/live/**/*.live.test.ts'],
      transform,
      modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/store/dist', '<rootDir>/preview/dist'],
    },
  ],
};
