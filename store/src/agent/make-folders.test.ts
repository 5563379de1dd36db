import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from './make-folders';

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'runlane-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('makes every folder of a path, once or twice', () => {
  const path = join(folder, 'a', 'b', 'c');
  makeFolders(path, 0o700);
  makeFolders(path, 0o700);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

it('fails, and comes to an end, where none can be made', () => {
  writeFileSync(join(folder, 'file'), '');
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
  for (const path of ['/proc/no/such/folder', '/dev/null/x', join(folder, 'file'), join(folder, 'file/x')]) {
    expect(() => makeFolders(path)).toThrow();
  }
  expect(() => makeFolders(join(folder, 'dangling'))).toThrow();
  expect(existsSync(join(folder, 'nowhere'))).toBe(false);
});
