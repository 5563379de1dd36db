import type { Alert } from './alert';

/** A firing alert for tests. */
export function alertUnderTest(more: Partial<Alert> = {}): Alert {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5);
  return {
    id: 'f00dfeedf00dfeed',
    state: 'firing',
    version: 1,
    labels: {
      alertname: 'abnormal-exit',
      severity: 'critical',
      tier: 'page',
      source: 'shop',
      task: 'mail',
      cause: 'SIGKILL',
    },
    annotations: {
      summary: 'mail: SIGKILL',
      description: 'A run of mail failed.',
      error: 'boom',
      runs: 'r1',
      run_url: 'http://grafana/d/runlane-task-run/task-run?var-runId=r1',
    },
    link: 'http://grafana/d/runlane-timeline/timeline?var-task=mail(1)',
    receivers: ['hook'],
    source: 'shop',
    task: 'mail',
    startsAt: at,
    lastAt: at,
    heardAt: at,
    count: 2,
    runs: ['r1'],
    recent: [],
    resolveOnSuccess: true,
    resolveAfterMs: 60_000,
    ...more,
  };
}
