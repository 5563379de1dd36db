import { editorLosesQueries } from './rule-editor';

test.each([
  ['12.3.0', true],
  ['12.3.1', true],
  ['12.3.1-pre', true],
  ['12.3.2', false],
  ['12.3.10', false],
  ['12.4.0', false],
  ['13.2.2', false],
])('Grafana %s: %s', (version, loses) => {
  expect(editorLosesQueries(version)).toBe(loses);
});
