import { runbookAsked, asAppPage } from './runbook-path';

test('a path of the app names a runbook, and nothing that could lead out of their folder', () => {
  expect(runbookAsked('/a/runlane-app/runbooks/abnormal-exit')).toBe('abnormal-exit');
  expect(runbookAsked('/grafana/a/runlane-app/runbooks/p99-latency/')).toBe('p99-latency');
  for (const path of [
    '/a/runlane-app',
    '/a/runlane-app/runbooks/',
    '/a/runlane-app/runbooks/../x',
    '/runbooks/A%2Fb',
  ]) {
    expect(runbookAsked(path)).toBeUndefined();
  }
});

test('pages link to each other inside the app; links to what the plugin does not hold become text', () => {
  expect(asAppPage('see [memory](memory-near-limit.md), [alerting.md](../alerting.md)')).toBe(
    'see [memory](/a/runlane-app/runbooks/memory-near-limit), alerting.md'
  );
  expect(asAppPage('[a page](https://example.org/a.md)')).toBe('[a page](https://example.org/a.md)');
});

test('the heading and the link to the other language are the app’s to show', () => {
  expect(asAppPage('# x\n\nTier `page` · warning · [简体中文](zh-Hans/x.md)\n\n**Means.**')).toBe(
    'Tier `page` · warning\n\n**Means.**'
  );
});
