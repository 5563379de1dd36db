import { hashText } from './hash-text';
import { filterOf, KeyFilter } from './key-filter';

const hashes = (segment: number, count = 2_000) => Array.from({ length: count }, (_, i) => hashText(`${segment}-${i}`));

test('every run is found in its segment, however many segments there are, and others rarely', () => {
  const filter = new KeyFilter();
  for (let segment = 0; segment < 70; segment++) {
    if (segment % 2 === 0) {
      filter.fill(segment, filterOf(hashes(segment)));
    } else {
      hashes(segment).forEach((hash) => filter.add(segment, hash));
    }
  }
  let wrong = 0;
  for (let segment = 0; segment < 70; segment++) {
    for (const hash of hashes(segment, 20)) {
      const found = filter.candidates(hash);
      expect(found).toContain(segment);
      expect(found).toEqual([...found].sort((a, b) => b - a));
      wrong += found.length - 1;
    }
  }
  expect(wrong).toBeLessThan(10);
  expect(filter.candidates(hashText('nobody'))).toEqual([]);
});

test('a segment that goes is not found any more, and another may take its place', () => {
  const filter = new KeyFilter();
  const [hash] = hashes(1);
  filter.add(1, hash!);
  filter.drop(1);
  filter.add(900, hashText('other'));
  expect(filter.candidates(hash!)).toEqual([]);
  expect(filter.candidates(hashText('other'))).toEqual([900]);
});

test('a segment of which nothing is known may hold anything, until it is filled', () => {
  const filter = new KeyFilter();
  filter.assume(3);
  expect(filter.candidates(hashText('any'))).toEqual([3]);
  filter.fill(3, filterOf(hashes(3)));
  expect(filter.candidates(hashText('any'))).toEqual([]);
});
