import { randomBytes } from 'node:crypto';
import { moduleSizes } from './bundle-budget';
import { fixturePlugin, type FixturePlugin } from './plugin.kit';

let plugin: FixturePlugin;
beforeEach(() => {
  plugin = fixturePlugin();
});
afterEach(() => {
  plugin.dispose();
});

it('weighs nested modules compressed, and leaves the app’s own module out', () => {
  plugin.write('dist/datasource/module.js', 'a'.repeat(1_000_000));
  expect(moduleSizes(plugin.dist)).toMatchObject([{ file: 'datasource/module.js', withinBudget: true }]);
});

it('says so when a nested module is over the budget', () => {
  plugin.write('dist/datasource/module.js', randomBytes(190_000).toString('base64'));
  expect(moduleSizes(plugin.dist)).toMatchObject([{ withinBudget: false }]);
});
