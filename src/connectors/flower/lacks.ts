import type { Lack } from '../../model/source-status';
import type { FlowerTask } from './wire';

/**
 * What Celery's settings keep from Flower, judged by its newest tasks: of a setting that was changed, tasks from before tell
 * nothing.
 *
 * @param workers how many were heard of lately
 */
export function lacksOf(workers: number, newest: readonly FlowerTask[]): Lack[] {
  if (newest.length === 0) {
    return workers === 0
      ? []
      : [
          {
            what: 'tasks',
            setting: 'celery worker -E',
            message: `Flower hears ${workers} workers and no task. If tasks have run, start the workers with -E or set worker_send_task_events = True in Celery's configuration.`,
          },
        ];
  }
  return newest.some(({ sent }) => sent !== undefined)
    ? []
    : [
        {
          what: 'when tasks were sent, and their queues',
          setting: 'task_send_sent_event = True',
          message:
            'No task tells when it was sent: waiting tasks are seen once a worker has received them, and queues not at all. Set task_send_sent_event = True in the Celery configuration of the programs that send tasks.',
        },
      ];
}
