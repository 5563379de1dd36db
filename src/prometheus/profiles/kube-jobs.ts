import type { Profile } from '../profile';
import { worldsAnd } from '../world-labels';

/**
 * Jobs of Kubernetes through kube-state-metrics, which has the instants of each: runs can be drawn. The task of a run is
 * the CronJob that owns it, also one that was made from it by hand; else the job. A job that failed has no instant of its end. What runs is counted in pods, of which a job may have several. Pods that failed while their job tries on are in
 * `kube_job_status_failed` too, without a reason, so that it only says why. Verified on kube-state-metrics before a server of
 * the tests' own in place of Kubernetes.
 */
export const KUBE_JOBS: Profile = {
  id: 'kube-jobs',
  name: 'Kubernetes jobs (kube-state-metrics)',
  detect: ['kube_job_status_start_time', 'kube_job_info'],
  labels: { task: 'job_name' },
  // Where it is scraped without honor_labels, `namespace` is that of kube-state-metrics itself.
  worlds: worldsAnd('exported_namespace'),
  owner: { metric: 'kube_job_owner', match: { owner_kind: 'CronJob' }, label: 'owner_name' },
  counters: {
    created: [{ metric: 'kube_job_created', counts: 'instants' }],
    started: [{ metric: 'kube_job_status_start_time', counts: 'instants' }],
    completed: [{ metric: 'kube_job_status_completion_time', counts: 'instants' }],
    failed: [
      { metric: 'kube_job_failed', match: { condition: 'true' }, counts: 'appearances', bornAt: 'kube_job_created' },
    ],
  },
  gauges: { running: [{ metric: 'kube_job_status_active' }] },
  histograms: {},
  timestamps: {
    started: [{ metric: 'kube_job_status_start_time' }],
    finished: [{ metric: 'kube_job_status_completion_time' }],
    lastSuccess: [{ metric: 'kube_cronjob_status_last_successful_time', labels: { task: 'cronjob' } }],
  },
  runs: {
    kind: 'job',
    id: 'job_name',
    created: { metric: 'kube_job_created' },
    started: { metric: 'kube_job_status_start_time' },
    finished: { metric: 'kube_job_status_completion_time' },
    failed: { metric: 'kube_job_failed', match: { condition: 'true' } },
    reason: { metric: 'kube_job_status_failed', match: { reason: '.+' }, label: 'reason' },
  },
};
