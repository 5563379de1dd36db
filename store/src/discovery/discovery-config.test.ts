import { ConfigError, parseConfig } from '../config/config';
import { foundSources } from './found-sources';
import type { Found } from './found-sources';
import type { Target } from './target';

const ENV = { PASSWORD: 'secret-of-all', TOKEN: 'token-of-a-service-account' };
const IN_A_POD = { ...ENV, KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
const SOURCE = 'source: { system: supervisor, url: "http://{target}/RPC2", user: ops, passwordEnv: PASSWORD }';

function read(text: string, environment: Record<string, string> = ENV) {
  try {
    return parseConfig(`discovery:\n${text}`, 'runlane.yaml', environment).discovery;
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.message;
    }
    throw error;
  }
}

function found(text: string, targets: readonly Target[], taken: readonly string[] = []): Found {
  const [config] = read(text);
  if (typeof config !== 'object') {
    throw new Error(String(read(text)));
  }
  return foundSources(config, targets, new Set(taken));
}

const host = (address: string, labels: Record<string, string> = {}): Target => ({ address, labels });

test('a list is where it is, and what each of its entries is read as', () => {
  expect(read(`  hosts: { files: [/etc/hosts.yaml, '/etc/hosts.d/*.json'], ${SOURCE} }`)).toMatchObject([
    {
      name: 'hosts',
      lookup: { by: 'files', paths: ['/etc/hosts.yaml', '/etc/hosts.d/*.json'] },
      everyMs: 5_000,
      pattern: '{target}',
      template: { system: 'supervisor', everyMs: 15_000, endpoint: { basic: { user: 'ops', password: ENV.PASSWORD } } },
    },
  ]);
  expect(
    read(`  a: { dns: { names: _celery._tcp.example.com, server: '10.0.0.2:53' }, every: 1m, ${SOURCE} }`)
  ).toMatchObject([
    { lookup: { by: 'dns', names: ['_celery._tcp.example.com'], server: '10.0.0.2:53' }, everyMs: 60_000 },
  ]);
  expect(
    read(`  a: { kubernetes: { labels: app=flower, port: http, namespaces: [shop] }, ${SOURCE} }`, IN_A_POD)
  ).toMatchObject([
    {
      lookup: {
        url: 'https://10.96.0.1:443',
        role: 'service',
        namespaces: ['shop'],
        port: 'http',
        token: { file: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
      },
      everyMs: 30_000,
    },
  ]);
  expect(read(`  a: { kubernetes: { role: pod, url: 'https://k8s/', bearerEnv: TOKEN }, ${SOURCE} }`)).toMatchObject([
    { lookup: { url: 'https://k8s', role: 'pod', token: { bearer: ENV.TOKEN } } },
  ]);
});

test.each([
  [`  a: { ${SOURCE} }`, ':2: discovery.a has no list, want one of files, dns, kubernetes.'],
  [`  a: { files: [x], dns: { names: [y] }, ${SOURCE} }`, 'discovery.a has files and dns, want one of'],
  ['  a: { files: [x] }', 'discovery.a.source.system is missing'],
  [
    '  a:\n    files: [x]\n    source:\n      system: pm2\n      settings: { home: /h }',
    ':5: discovery.a.source.system is "pm2", which is read on the machine',
  ],
  ['  a: { files: [x], source: { system: flower } }', 'discovery.a.source has no address'],
  [
    '  a: { files: [x], source: { system: flower, url: "{target}" } }',
    'url holds no address that begins with http:// or https://',
  ],
  ['  a: { files: [x], source: { system: flower, url: "http://me:pw@{target}" } }', 'url holds more than an address'],
  [
    '  a: { files: [x], source: { system: flower, url: "http://{target}", labels: {} } }',
    'discovery.a.source.labels is not known',
  ],
  [`  a: { dns: { names: [] }, ${SOURCE} }`, 'discovery.a.dns.names is missing'],
  [`  a: { dns: { names: ['a b'] }, ${SOURCE} }`, 'discovery.a.dns.names holds "a b"'],
  [`  a: { dns: { names: [a], server: dns.example.com }, ${SOURCE} }`, 'want the address of a name server'],
  [`  a: { kubernetes: {}, ${SOURCE} }`, 'discovery.a.kubernetes has no address, and this is no pod'],
  [`  a: { kubernetes: { role: job, url: 'https://k8s' }, ${SOURCE} }`, 'want one of service, pod'],
  [`  a: { kubernetes: { namespaces: ['A/b'], url: 'https://k8s' }, ${SOURCE} }`, 'which is no name of one'],
  [`  a: { kubernetes: { url: 'https://me:pw@k8s' }, ${SOURCE} }`, 'kubernetes.url holds more than an address'],
])('%s is refused with its line', (text, message) => {
  expect(read(text)).toContain(message);
  expect(read(text)).not.toContain(ENV.PASSWORD);
});

test('an entry becomes a source with its own name, address and labels, and the secrets of the config', () => {
  const list = `  hosts:
    files: [x]
    only: { role: supervisor }
    name: '{environment}-{host}'
    labels: { environment: '{environment}', cluster: eu, rack: '{rack}' }
    ${SOURCE}`;
  const { sources, notices } = found(list, [
    host('10.0.0.7:9001', { role: 'supervisor', environment: 'prod' }),
    host('10.0.0.8:9001', { role: 'flower', environment: 'prod' }),
    host('[::1]:9001', { role: 'supervisor', environment: 'test', rack: '7' }),
  ]);
  expect(notices).toEqual([]);
  expect(sources).toMatchObject([
    {
      name: 'prod-10.0.0.7',
      system: 'supervisor',
      endpoint: { url: 'http://10.0.0.7:9001/RPC2', basic: { user: 'ops', password: ENV.PASSWORD } },
      foundBy: 'hosts',
    },
    { name: 'test-[::1]', endpoint: { url: 'http://[::1]:9001/RPC2' } },
  ]);
  // A label that the list does not give a target is one that it has not.
  expect(sources.map(({ labels }) => labels)).toEqual([
    { environment: 'prod', cluster: 'eu' },
    { environment: 'test', cluster: 'eu', rack: '7' },
  ]);
});

test('what cannot be read is left out and said, and no label changes where an address leads', () => {
  const list = `  a: { files: [x], name: '{app}', source: { system: flower, url: 'http://{target}/{path}' } }`;
  const { sources, notices } = found(
    list,
    [
      host('a:1', { app: 'one', path: 'x' }),
      host('b:1', { path: 'x' }),
      host('c:1', { app: 'one', path: 'x' }),
      host('d:1', { app: 'fixed', path: 'x' }),
      host('e:1', { app: 'a/b', path: 'x' }),
      host('f:1', { app: 'six' }),
      host('g:1', { app: 'seven', path: '../?a=b#c@evil' }),
      host('h:99999', { app: 'eight', path: 'x' }),
    ],
    ['fixed']
  );
  expect(sources.map(({ name, endpoint }) => [name, endpoint?.url])).toEqual([
    ['one', 'http://a:1/x'],
    ['seven', 'http://g:1/..%2F%3Fa%3Db%23c%40evil'],
  ]);
  expect(notices).toEqual([
    'b:1 is not read: its name is {app}, and the list gives it no app.',
    'c:1 is not read: another source is called one. Put into name what tells them apart.',
    'd:1 is not read: another source is called fixed. Put into name what tells them apart.',
    'e:1 is not read: its name would be "a/b", want 1 to 100 characters without /.',
    'f:1 is not read: its address is http://{target}/{path}, and the list gives it no path.',
    'h:99999 is not read: its address would be http://h:99999/x, which is none.',
  ]);
});
