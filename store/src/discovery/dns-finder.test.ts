import { createDnsFinder } from './dns-finder';
import { startNameServer } from './name-server.kit';
import type { NameServer } from './name-server.kit';

const NAME = '_flower._tcp.shop.example';
let server: NameServer;

beforeEach(async () => {
  server = await startNameServer();
});

afterEach(() => server.stop());

const look = (names = [NAME]) => createDnsFinder({ names, server: server.address }).look(new AbortController().signal);

test('each SRV record is a host with its port', async () => {
  server.records.set(NAME, [
    { target: 'flower-1.shop.example', port: 5555 },
    { target: '10.0.0.7', port: 5556 },
  ]);
  server.records.set('_b._tcp.shop.example', [{ target: 'flower-1.shop.example', port: 5555 }]);
  const { targets, notices } = await look([NAME, '_b._tcp.shop.example']);
  expect(targets.map(({ address }) => address).sort()).toEqual([
    '10.0.0.7:5556',
    'flower-1.shop.example:5555',
    'flower-1.shop.example:5555',
  ]);
  expect(targets.map(({ labels }) => labels['name'])).toEqual(expect.arrayContaining([NAME, '_b._tcp.shop.example']));
  expect(notices).toEqual([]);
});

test('a name without records is an answer, and one to be noticed; a name server that fails is none', async () => {
  expect(await look()).toEqual({
    targets: [],
    notices: [`${NAME} has no SRV records (ENOTFOUND). If it should, see how it is written.`],
  });
  server.records.set(NAME, []);
  expect(await look()).toMatchObject({ targets: [], notices: [expect.stringContaining('ENODATA')] });
  server.isBroken = true;
  await expect(look()).rejects.toThrow(
    `The SRV records of ${NAME} could not be asked for: the name server ${server.address} answered ESERVFAIL.`
  );
});
