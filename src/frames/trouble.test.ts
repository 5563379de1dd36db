import { byTrouble, troubleOf } from './trouble';

test('one order of trouble: what the score lacks, else the share that failed, then the count, then the name', () => {
  const tasks = [
    { name: 'fine', score: 100, ended: 50, failed: 0 },
    { name: 'unscored', ended: 2, failed: 0 },
    { name: 'broken', ended: 3, failed: 2 },
    { name: 'task-10', score: 60.2, ended: 9, failed: 1 },
    { name: 'task-2', score: 60.4, ended: 9, failed: 1 },
    { name: 'worst', score: 0, ended: 9, failed: 9 },
  ];
  expect([...tasks].sort(byTrouble).map(({ name }) => name)).toEqual([
    'worst',
    'broken',
    'task-2',
    'task-10',
    'fine',
    'unscored',
  ]);
  expect(troubleOf({ ended: 0, failed: 0 })).toBe(0);
});
