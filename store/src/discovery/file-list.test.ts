import { readFileList } from './file-list';

const read = (text: string) => readFileList(text, 'hosts.yaml');

test('a list in the form of Prometheus is read, YAML and JSON alike', () => {
  const list = [
    { address: '10.0.0.7:9001', labels: { environment: 'prod', rack: '7' } },
    { address: '[::1]:9001', labels: { environment: 'prod', rack: '7' } },
    { address: 'host-2', labels: {} },
  ];
  expect(
    read("- targets: ['10.0.0.7:9001', '[::1]:9001']\n  labels: { environment: prod, rack: 7 }\n- targets: [host-2]\n")
  ).toEqual(list);
  const json = [
    { targets: ['10.0.0.7:9001', '[::1]:9001'], labels: { environment: 'prod', rack: '7' } },
    { targets: ['host-2'] },
  ];
  expect(read(JSON.stringify(json, null, 2))).toEqual(list);
  expect(read('[]')).toEqual([]);
  expect(read('- targets: []')).toEqual([]);
});

test.each([
  ['', 'hosts.yaml is empty, as a writer that failed leaves it. Write []'],
  ['targets: [a:1]', 'hosts.yaml:1: is no list. Want entries such as - targets: [host:5555]'],
  ['- targets: [a:1', 'hosts.yaml:1: Flow sequence'],
  ['[{"targets": ["a:1"]}, {"targ', 'hosts.yaml:1: '],
  ['- targets: [a:1]\n- labels: { a: b }', 'hosts.yaml:2: an entry has no targets'],
  ['- targets:\n    - a:1\n    - http://b/path', 'hosts.yaml:3: targets holds "http://b/path", want a host and a port'],
  ['- targets: ["me:pw@b:1"]', 'want a host and a port'],
  ['- targets: ["b:1/../admin"]', 'want a host and a port'],
  ['- targets: [{ a: 1 }]', 'want a text of 1 to 300 characters'],
  ['- targets: [a:1]\n  labels: [b]', 'hosts.yaml:2: 0.labels is no mapping'],
  ['- targets: [a:1]\n  labels: { b: { c: d } }', 'want a text of 1 to 500 characters'],
  ['- targets: [a:1]\n  password: secret', 'hosts.yaml:2: 0.password is not known. Known: targets, labels'],
  ['- a:1', 'is no mapping. Want targets, labels'],
])('%j is refused whole, with its line', (text, message) => {
  expect(() => read(text)).toThrow(message);
});
