import { archiveContract } from './contract.kit';
import { answersContract } from './contract-answers.kit';
import { bundleWorker, memory, sqliteInProcess, sqliteSealed, sqliteThreaded } from '../threads/engines.kit';

let worker: Awaited<ReturnType<typeof bundleWorker>>;

beforeAll(async () => {
  worker = await bundleWorker('worker.kit.ts');
});

afterAll(() => worker.remove());

describe.each([
  ['SQLite in one thread', sqliteInProcess],
  ['SQLite with all runs sealed', sqliteSealed],
  ['memory', memory],
  ['SQLite in threads', sqliteThreaded(() => worker.script)],
])('%s', (_engine, makePlace) => {
  describe('keeps what it is told', () => archiveContract(makePlace));
  describe('answers', () => answersContract(makePlace));
});
