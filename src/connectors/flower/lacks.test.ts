import { lacksOf } from './lacks';
import type { FlowerTask } from './wire';

const task: FlowerTask = { uuid: '1', state: 'SUCCESS', received: 2, retries: 0 };
const settings = (workers: number, tasks: readonly FlowerTask[]) =>
  lacksOf(workers, tasks).map(({ setting }) => setting);

test('workers of which no task is heard may not send events', () => {
  expect(settings(2, [])).toEqual(['celery worker -E']);
  expect(settings(0, [])).toEqual([]);
});

test('where no task tells when it was sent, a setting of Celery is missing; where one does, none is', () => {
  expect(settings(1, [task, task])).toEqual(['task_send_sent_event = True']);
  expect(settings(1, [task, { ...task, sent: 1 }])).toEqual([]);
});
