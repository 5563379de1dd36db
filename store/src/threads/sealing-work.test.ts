import { ArchiveError } from '../archive/archive';
import type { SealedParts } from '../archive/sqlite/seal';
import { SealingWork } from './sealing-work';

const parts = (segment: number) => ({ segment }) as SealedParts;

function create(seal: (segment: number) => Promise<SealedParts | undefined>) {
  const warned: string[] = [];
  const taken: number[] = [];
  const work = new SealingWork({
    seal,
    take: async ({ segment }) => {
      taken.push(segment);
      return segment < 2 ? segment + 1 : undefined;
    },
    warn: (message) => warned.push(message),
  });
  return { work, warned, taken };
}

test('one segment after another is sealed', async () => {
  const { work, warned, taken } = create(async (segment) => parts(segment));
  await work.run(0);
  expect([taken, warned, work.state]).toEqual([[0, 1, 2], [], { failures: 0 }]);
});

test('a failure is warned of once, counted and told for as long as it lasts, and over with the first success', async () => {
  let isFull = true;
  const { work, warned, taken } = create(async (segment) => {
    if (isFull) {
      throw new ArchiveError('full', 'archive.sqlite cannot grow. Free disk space.');
    }
    return parts(segment);
  });
  await work.run(1);
  await work.run(1);
  expect(warned).toEqual([
    expect.stringMatching(/^\[archive\] Old runs cannot be sealed: archive.sqlite cannot grow\. .*make room/),
  ]);
  expect(work.state).toEqual({ failures: 2, problem: warned[0] });
  isFull = false;
  await work.run(1);
  expect([taken, work.state]).toEqual([[1, 2], { failures: 0 }]);
  isFull = true;
  await work.run(2);
  expect(warned).toHaveLength(2);
});

test('what ends because the archive is closed is no failure', async () => {
  const { work, warned } = create(async () => {
    work.close();
    throw new ArchiveError('unreachable', 'The archive is closed. Start the store again.');
  });
  await work.run(0);
  expect([warned, work.state]).toEqual([[], { failures: 0 }]);
});
