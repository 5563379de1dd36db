import { startAlertmanager } from '../systems/alertmanager';
import { queryUntil } from '../systems/ask-prometheus';
import { startPrometheus } from '../systems/prometheus';
import { launch, stopAll, temporaryFolder } from '../systems/system';
import { existsSync } from 'node:fs';

test('Prometheus and Alertmanager start, are seen and end', async () => {
  const alertmanager = await startAlertmanager({
    config: { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] },
  });
  const prometheus = await startPrometheus({ scrape: [{ job: 'alertmanager', target: alertmanager.url }] });
  try {
    expect(await queryUntil(prometheus.url, 'up{job="alertmanager"} == 1')).toHaveLength(1);
  } finally {
    await stopAll([prometheus, alertmanager]);
  }
  await expect(fetch(prometheus.url)).rejects.toThrow();
  expect(() => process.kill(prometheus.pid, 0)).toThrow();
}, 600_000);

test('a program that ends at once is told with its last words, and nothing is left', async () => {
  const folder = temporaryFolder('broken');
  await expect(
    launch({
      name: 'a broken server',
      command: 'sh',
      args: ['-c', 'echo no such database >&2; exit 3'],
      url: 'http://127.0.0.1:1',
      ready: '/',
      folder,
    })
  ).rejects.toThrow(/a broken server did not start \(exit code 3\)\. It said: no such database/);
  expect(existsSync(folder)).toBe(false);
});
