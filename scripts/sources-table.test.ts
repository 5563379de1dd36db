import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesTable } from './sources-table';

it.each(['README.md', 'README.zh-CN.md'])('%s says of each source what its connector says', (file) => {
  const rows = (text: string) => text.split('\n').filter((line) => line.startsWith('|'));
  const readme = readFileSync(join(__dirname, '..', file), 'utf8');
  // Heads are translated; what is told is not.
  expect(rows(readme)).toEqual(expect.arrayContaining(rows(sourcesTable()).slice(2)));
});
