import { SYSTEMS } from '../src/connectors/index';
import type { Reports } from '../src/connectors/connector';
import type { SourceSystem } from '../src/connectors/system';
import { COLLECTED } from '../store/src/sources/index';
import type { CollectedSystem } from '../store/src/sources/collected-system';

/** Heads of the columns, in the order of the table. */
const FACTS: ReadonlyArray<readonly [keyof Reports, string]> = [
  ['pending', 'waiting runs'],
  ['waits', 'waits'],
  ['attempts', 'every attempt'],
  ['errors', 'errors'],
  ['exits', 'exits, signals'],
  ['parents', 'parents'],
  ['traces', 'traces'],
  ['resources', 'CPU, memory'],
  ['queues', 'queues'],
  ['workers', 'workers'],
];

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const mark = (isTold: boolean) => (isTold ? '✓' : '–');
const facts = (reports: Reports) => FACTS.map(([fact]) => mark(reports[fact]));

/**
 * What each source system tells, by its connector's own word, as a Markdown table. ◐: it depends on the exporter. Systems that
 * only the task store's collector can read stand below; what they tell arrives live.
 */
export function sourcesTable(): string {
  return [
    row(['source', ...FACTS.map(([, head]) => head), 'live']),
    row(['', ...FACTS, ''].map(() => '---')),
    ...SYSTEMS.map(readDirectly),
    ...COLLECTED.filter(({ id }) => !SYSTEMS.some((system) => system.id === id)).map(readByCollector),
  ].join('\n');
}

function readDirectly(system: SourceSystem): string {
  const { reports, changes, answers } = system.create({ http: () => Promise.reject(new Error('Nothing is asked.')) });
  // What only counts runs says so by exporter, not once for all.
  const lists = answers === undefined || answers.includes('runs');
  return row([system.name, ...(lists ? facts(reports) : FACTS.map(() => '◐')), mark(changes !== undefined)]);
}

function readByCollector({ name, exampleAddress, exampleSettings = {}, open }: CollectedSystem): string {
  const endpoint = exampleAddress === '' ? {} : { endpoint: { url: exampleAddress } };
  const access = { ...endpoint, headers: {}, timeoutMs: 1, settings: exampleSettings };
  const source = open(access, { onPatience: () => undefined });
  const { reports } = 'connector' in source ? source.connector : source.feed;
  return row([`${name} ¹`, ...facts(reports), mark(true)]);
}
