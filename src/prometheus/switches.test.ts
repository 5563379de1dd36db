import { PROFILES } from './profiles';
import { switchesOf, switchesOff } from './switches';

const celery = PROFILES.find(({ id }) => id === 'celery-exporter');

test('a switch is told once, with all that it switches on', () => {
  expect(celery && switchesOf(celery)).toEqual([
    {
      needs: expect.stringContaining('task_send_sent_event'),
      metrics: ['celery_task_sent_total', 'celery_task_queue_wait_time'],
    },
  ]);
});

test('a switch is off when none of its metrics is there; a histogram is there by its buckets', () => {
  const off = (...names: string[]) => celery && switchesOff(celery, new Set(names)).length;
  expect(off('celery_task_started_total')).toBe(1);
  expect(off('celery_task_sent_total')).toBe(0);
  expect(off('celery_task_queue_wait_time_bucket')).toBe(0);
});
