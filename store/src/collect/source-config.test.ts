import { ConfigError, parseConfig } from '../config/config';

const ENV = { FLOWER_PASSWORD: 'secret-of-flower', FLOWER_TOKEN: 'token-of-flower' };

function read(text: string) {
  try {
    return parseConfig(`sources:\n${text}`, 'runlane.yaml', ENV).sources;
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.message;
    }
    throw error;
  }
}

test('a source is a name, a system and an address; the rest has defaults', () => {
  expect(read('  celery:\n    system: flower\n    url: http://flower:5555/\n')).toMatchObject([
    {
      name: 'celery',
      system: 'flower',
      endpoint: { url: 'http://flower:5555' },
      everyMs: 15_000,
      overlapMs: 300_000,
      maxPages: 20,
      settings: {},
    },
  ]);
  expect(parseConfig('', 'runlane.yaml', ENV).sources).toEqual([]);
  expect(read('  a: { system: flower, url: "http://a" }\nretention: { maxAge: 1d }')).toMatchObject([
    { historyMs: 86_400_000 },
  ]);
});

test('secrets come from the environment', () => {
  const sources = read(
    '  a: { system: flower, url: "http://a", user: ops, passwordEnv: FLOWER_PASSWORD, every: 1m }\n  b: { system: flower, url: "http://b", bearerEnv: FLOWER_TOKEN, headersEnv: { X-Team: FLOWER_TOKEN } }'
  );
  expect(sources).toMatchObject([
    { endpoint: { basic: { user: 'ops', password: 'secret-of-flower' } }, everyMs: 60_000 },
    { endpoint: { bearer: 'token-of-flower' }, headers: { 'X-Team': 'token-of-flower' } },
  ]);
});

test.each([
  ['  a: { url: "http://a" }', ':2: sources.a.system is missing. Want one of flower'],
  ['  a:\n    system: abacus\n    url: http://a', ':3: sources.a.system is "abacus", want one of flower'],
  ['  a:\n    system: prometheus\n    url: http://a', ':3: sources.a.system is "prometheus", which keeps its history'],
  ['  a: { system: flower }', ':2: sources.a has no address'],
  ['  a: { system: flower, url: "ftp://a" }', ':2: sources.a.url holds no address'],
  ['  a: { system: flower, url: "http://me:pw@a" }', ':2: sources.a.url holds more than an address'],
  ['  a:\n    system: flower\n    url: http://a\n    evry: 5s', ':5: sources.a.evry is not known'],
  ['  a:\n    system: flower\n    url: http://a\n    every: 5ms', ':5: sources.a.every is "5ms"'],
  ['  a: { system: flower, url: "http://a", passwordEnv: GONE }', 'names GONE, which is not set'],
  ['  a/b: { system: flower, url: "http://a" }', ':2: sources has the name "a/b"'],
  ['  a: { system: flower, url: "http://a", settings: 5 }', 'sources.a.settings is no mapping'],
  ['  - flower', ':1: sources is no mapping'],
])('%j is refused with its line', (text, message) => {
  expect(read(text)).toContain(message);
  expect(read(text)).not.toContain('secret-of-flower');
});
