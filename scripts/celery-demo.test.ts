import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** In a process of its own, because the module is one of Node's own kind. */
function call(expression: string): unknown {
  const module = JSON.stringify(join(__dirname, 'celery-demo.mjs'));
  const program = `import * as demo from ${module}; process.stdout.write(JSON.stringify(${expression}))`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }));
}

test.each([
  ['redis-server', 'apt-get install redis-server'],
  ['python3', 'apt-get install python3 python3-pip'],
])('where %s is not on the PATH, it is said how to get it', (program, how) => {
  const find = `(name) => name === ${JSON.stringify(program)} ? undefined : '/usr/bin/' + name`;
  expect(call(`demo.missingForCelery({ find: ${find}, hasPip: () => true })`)).toEqual([expect.stringContaining(how)]);
});

test('a Python without pip is told as such, and with all of it nothing is missing', () => {
  const of = (hasPip: boolean) => call(`demo.missingForCelery({ find: (name) => name, hasPip: () => ${hasPip} })`);
  expect(of(false)).toEqual([expect.stringContaining('ensurepip')]);
  expect(of(true)).toEqual([]);
});

test('the store keeps the settings of the demo, and reads Flower beside', () => {
  const demo = readFileSync(join(__dirname, '../demo/store.yaml'), 'utf8');
  const config = call(`demo.storeConfigWith(${JSON.stringify(demo)}, 'http://127.0.0.1:5555')`) as string;
  expect(parse(config)).toEqual({
    ...(parse(demo) as object),
    sources: { celery: { system: 'flower', url: 'http://127.0.0.1:5555', every: '5s' } },
  });
});
