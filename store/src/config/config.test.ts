import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG, parseConfig } from './config';
import { ConfigFile } from './config-file';

const ENV = { RL_READ: 'read-token-1 read-token-2', RL_WRITE: 'write-token-1', RL_SHORT: 'abc' };

function problems(text: string): string[] {
  try {
    parseConfig(text, 'runlane.yaml', ENV);
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [];
  }
  return [];
}

test('every part may be left out, and what is given is taken', () => {
  expect(parseConfig('', 'runlane.yaml', {})).toEqual(DEFAULT_CONFIG);
  const config = parseConfig(
    `
tokens:
  readEnv: RL_READ
  writeEnv: RL_WRITE
retention: { maxAge: 14d, maxSize: 2GiB }
lost:
  after: 90s
limits:
  maxPage: 100
health:
  checks:
    failures: { weight: 50 }
  expected:
    - { task: report, cron: "0 2 * * *", graceMs: 60000 }
`,
    'runlane.yaml',
    ENV
  );
  expect(config).toMatchObject({
    tokens: { read: ['read-token-1', 'read-token-2'], write: ['write-token-1'] },
    retention: { maxAgeMs: 14 * 86_400_000, maxBytes: 2 * 1024 ** 3 },
    lost: { afterMs: 90_000 },
    limits: { maxPage: 100, maxListeners: 500 },
    health: { checks: { failures: { weight: 50 } }, expected: [{ task: 'report' }] },
  });
});

test.each([
  ['retention:\n  maxAge: soon', ':2: retention.maxAge is "soon"'],
  ['retention:\n  maxAge: 5s', 'want a length of time'],
  ['retention:\n  maxAge: 30', ':2: retention.maxAge is 30'],
  ['lost:\n  after: 1s\nlimts:\n  maxPage: 5', ':3: limts is not known'],
  ['retention: 5', ':1: retention is no mapping'],
  ['limits:\n  maxPage: many', ':2: limits.maxPage is "many"'],
  ['tokens:\n  readEnv: NOT_SET', ':2: tokens.readEnv names NOT_SET, which is not set'],
  ['tokens:\n  writeEnv: RL_SHORT', 'fewer than 8 characters'],
  ['lost:\n  after: [1', 'runlane.yaml:2'],
  ['lost:\n  after: 5s\n  after: 6s', ':3:'],
  ['health:\n  checks:\n    failures:\n      weight: 500', ':4: health.checks.failures.weight'],
  ['health:\n  expected:\n    - { task: a, cron: "every day", graceMs: 1 }', ':3: health.expected[0].cron'],
])('%j is refused with its line', (text, message) => {
  expect(problems(text).join('\n')).toContain(message);
});

test('all faults are told at once', () => {
  expect(problems('retention:\n  maxAge: x\n  maxSize: y\nlimits:\n  maxPage: z')).toHaveLength(3);
});

test('a token that is wrong is never shown', () => {
  expect(problems('tokens:\n  writeEnv: RL_SHORT').join()).not.toContain('abc');
});

test('a token that is too short is refused wherever it comes from', () => {
  expect(() => new ConfigFile(undefined, { RUNLANE_WRITE_TOKEN: 'long-enough abc' })).toThrow(
    'RUNLANE_WRITE_TOKEN holds a token of fewer than 8 characters'
  );
});

test('a changed file is read again; a wrong one is told and the config stays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  const path = join(folder, 'runlane.yaml');
  writeFileSync(path, 'lost: { after: 10s }');
  const file = new ConfigFile(path, {});
  const heard: string[] = [];
  let wake = () => undefined as void;
  const stop = file.watch(
    (config) => {
      heard.push(`after ${config.lost.afterMs}`);
      wake();
    },
    (error) => {
      heard.push(error.message);
      wake();
    }
  );
  const change = async (text: string) => {
    const told = new Promise<void>((resolve) => (wake = resolve));
    writeFileSync(path, text);
    await told;
  };
  await change('lost: { after: never }');
  expect(file.current.lost.afterMs).toBe(10_000);
  await change('lost: { after: 20s } # longer');
  expect(file.current.lost.afterMs).toBe(20_000);
  expect(heard).toEqual([expect.stringContaining('lost.after is "never"'), 'after 20000']);
  stop();
  rmSync(folder, { recursive: true });
});

test('a file that is half-written, emptied or gone changes nothing', () => {
  jest.useFakeTimers();
  const folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  const path = join(folder, 'runlane.yaml');
  const whole = 'tokens: { readEnv: RL_READ, writeEnv: RL_WRITE }\nretention:\n  maxAge: 365d\n';
  writeFileSync(path, whole);
  const file = new ConfigFile(path, ENV);
  const heard: string[] = [];
  const stop = file.watch(
    ({ retention }) => heard.push(`${retention.maxAgeMs / 86_400_000} days`),
    ({ message }) => heard.push(message.slice(message.indexOf(path) + path.length))
  );
  const look = (text?: string) => {
    if (text !== undefined) {
      writeFileSync(path, text);
    }
    jest.advanceTimersByTime(1_000);
  };
  const longer = whole.replace('365d', '400d');
  look('');
  look(longer.slice(0, 49));
  look(longer);
  expect(heard).toEqual([]);
  look();
  expect(heard.splice(0)).toEqual(['400 days']);
  look('\n');
  look();
  look();
  expect(heard.splice(0)).toEqual([expect.stringContaining('is empty')]);
  rmSync(path);
  look();
  look();
  expect(heard.splice(0)).toEqual([expect.stringContaining('cannot be read')]);
  expect(file.current).toMatchObject({
    tokens: { write: ['write-token-1'] },
    retention: { maxAgeMs: 400 * 86_400_000 },
  });
  look('{}');
  look();
  expect(heard).toEqual(['30 days']);
  stop();
  jest.useRealTimers();
  rmSync(folder, { recursive: true });
});
