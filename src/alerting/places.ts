import type { Place } from './rule';

/** Panels of src/dashboards/ that alerts point at. A test looks whether they exist. */
export const PLACES = {
  timeline: { dashboardUid: 'runlane-timeline', panelId: 1 },
  failures: { dashboardUid: 'runlane-timeline', panelId: 3 },
  health: { dashboardUid: 'runlane-overview', panelId: 6 },
  tasks: { dashboardUid: 'runlane-overview', panelId: 7 },
  workers: { dashboardUid: 'runlane-workers', panelId: 1 },
  queues: { dashboardUid: 'runlane-workers', panelId: 2 },
  cpu: { dashboardUid: 'runlane-workers', panelId: 5 },
  memory: { dashboardUid: 'runlane-workers', panelId: 6 },
  durations: { dashboardUid: 'runlane-workers', panelId: 7 },
  waits: { dashboardUid: 'runlane-workers', panelId: 8 },
} as const satisfies Record<string, Place>;
