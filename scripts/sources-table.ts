import { SYSTEMS } from '../src/connectors/index';
import type { Reports } from '../src/connectors/connector';
import type { SourceSystem } from '../src/connectors/system';

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

/** What each source system tells, by its connector's own word, as a Markdown table. ◐: it depends on the exporter. */
export function sourcesTable(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const http = () => Promise.reject(new Error('Nothing is asked.'));
  const rows = SYSTEMS.map((system: SourceSystem) => {
    const { reports, changes, answers } = system.create({ http });
    const told = FACTS.map(([fact]) => (reports[fact] ? '✓' : '–'));
    // What only counts runs says so by exporter, not once for all.
    const lists = answers === undefined || answers.includes('runs');
    return row([
      system.name,
      ...(lists ? told : FACTS.map(() => '◐')),
      changes === undefined ? '–' : '✓',
    ]);
  });
  return [
    row(['source', ...FACTS.map(([, head]) => head), 'live']),
    row(['', ...FACTS, ''].map(() => '---')),
    ...rows,
  ].join('\n');
}
