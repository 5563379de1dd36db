import { installAlertmanager } from './alertmanager';
import { installPrometheus } from './prometheus';

/**
 * Builds what takes longer than a test may wait for, before the first of them: Prometheus 3 and Alertmanager 0.35 (once;
 * ten minutes on two cores that have other work). Run by `npm run test:live`.
 */
async function prepare(): Promise<void> {
  await installPrometheus('prometheus', '3');
  await installPrometheus('promtool', '3');
  await installAlertmanager('3');
}

prepare().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
