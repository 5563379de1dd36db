import type { Lack } from '../../../../src/model/source-status';
import type { DurationMs } from '../../../../src/model/units';

/** What was heard since the connection was made. */
export interface HeardSoFar {
  sent: number;
  received: number;
  /** Workers whose hearts beat. */
  workers: number;
  /** Of those, the ones that ran tasks and told of none. */
  silentAboutTasks: readonly string[];
  /** For how long was listened. */
  sinceMs: DurationMs;
}

const ENOUGH_MS: DurationMs = 60_000;

/** What Celery's settings keep from whoever listens. */
export function lacksOf({ sent, received, workers, silentAboutTasks, sinceMs }: HeardSoFar): Lack[] {
  const lacks: Lack[] = [];
  if (silentAboutTasks.length > 0) {
    const some = silentAboutTasks.slice(0, 3).join(', ');
    const rest = silentAboutTasks.length > 3 ? ` and ${silentAboutTasks.length - 3} more` : '';
    lacks.push({
      what: 'tasks',
      setting: 'celery worker -E',
      message: `${some}${rest} ran tasks and told of none. Start the workers with -E, or set worker_send_task_events = True in Celery's configuration.`,
    });
  }
  if (received > 0 && sent === 0) {
    lacks.push({
      what: 'when tasks were sent, and their queues',
      setting: 'task_send_sent_event = True',
      message:
        'No task told when it was sent: waiting tasks are seen once a worker has received them, and queues not at all. Set task_send_sent_event = True in the Celery configuration of the programs that send tasks.',
    });
  }
  if (received > 0 && workers === 0 && sinceMs > ENOUGH_MS) {
    lacks.push({
      what: 'that a worker is gone',
      setting: 'celery worker without --without-heartbeat',
      message:
        'Workers tell of tasks and never of themselves: what a killed worker ran stays running. Start them without --without-heartbeat.',
    });
  }
  return lacks;
}
