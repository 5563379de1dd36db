import { parseConfig } from '../../config/config';
import { engineNames, readEngine } from './engines';
import { expressionsOf } from './question';
import { readSettings } from './settings';

const refusal = (settings: string) => {
  const text = `sources:\n  jobs:\n    system: postgres-queue\n    url: postgres://db/app\n    settings:\n${settings}`;
  try {
    parseConfig(text, 'runlane.yaml', {});
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

const OWN = `      mapping:
        table: app.jobs
        columns: { runId: id, task: kind, state: status }
        states: { done: completed }
        changed: updated_at
`;

test.each(engineNames())('the mapping of %s can be used as it is', (engine) => {
  const { mapping, schemas } = readSettings({ engine });
  expect(mapping).toEqual(readEngine(engine));
  expect(schemas).toEqual([mapping.schema]);
  expect(expressionsOf(mapping).length).toBeGreaterThan(10);
});

test('a table of one’s own is accepted, and what the settings say stands before the mapping', () => {
  expect(refusal(OWN)).toBe('');
  const { mapping, schemas } = readSettings({
    engine: 'procrastinate',
    schema: ['a', 'b', 'a'],
    deleted: 'completed',
    timeZone: 'Europe/Berlin',
  });
  expect(schemas).toEqual(['a', 'b']);
  expect(mapping).toMatchObject({ deleted: { state: 'completed' }, timeZone: 'Europe/Berlin' });
});

test.each([
  ['      engine: sidekiq\n', ':6: sources.jobs.settings.engine is "sidekiq". Want one of '],
  ['      schema: app\n', 'sources.jobs.settings.engine is missing. Want one of '],
  ['      engine: river\n      colour: red\n', ':7: sources.jobs.settings.colour is not known. Known: engine, '],
  ['      engine: river\n      schema: 5\n', ':7: sources.jobs.settings.schema is no name of a schema'],
  ['      engine: river\n      timeZone: Mars/Olympus\n', ':7: sources.jobs.settings.timeZone is "Mars/Olympus"'],
  ['      engine: river\n      deleted: gone\n', ':7: sources.jobs.settings.deleted is "gone", want pending, running,'],
  [`      engine: river\n${OWN}`, ':7: sources.jobs.settings.mapping is set beside engine.'],
  [
    OWN.replace('state: status', 'stat: status'),
    ':8: sources.jobs.settings.mapping.columns.stat is not known. Known: runId, task',
  ],
  [OWN.replace(', state: status', ''), ':8: sources.jobs.settings.mapping.columns.state is missing. Name the column'],
  [
    OWN.replace('done: completed', 'done: finished'),
    ':9: sources.jobs.settings.mapping.states.done is "finished", want pending',
  ],
  [
    OWN.replace('completed', 'completed/oom'),
    ':9: sources.jobs.settings.mapping.states.done is "completed/oom": completed has no substate',
  ],
  [
    OWN.replace(/ +changed.*\n/, ''),
    ':6: sources.jobs.settings.mapping.changed is missing. Name the column that has when',
  ],
  [OWN.replace('table: app.jobs', 'table: []'), ':7: sources.jobs.settings.mapping.table is [], want a table'],
  [
    OWN.replace('changed: updated_at', 'reads:\n          - { since: updated_at, kee: id }'),
    ':11: sources.jobs.settings.mapping.reads.0.kee is not known',
  ],
])('%j is refused with its line', (settings, message) => {
  expect(refusal(settings)).toContain(message);
});

test.each([
  ['postgres://db/app?password=x', 'url has the parameter password, want none but sslmode and sslrootcert.'],
  ['postgres://db/app?sslmode=maybe', 'url has sslmode=maybe, want one of disable, require, verify-ca, verify-full.'],
  [
    'postgres://db/app?sslmode=verify-full&sslrootcert=/nowhere',
    'url has sslrootcert=/nowhere, which cannot be read (ENOENT).',
  ],
  ['postgres://db', 'url names no database. Want postgres://host:5432/database.'],
  ['mysql://db/app', 'sources.jobs.url holds no address that begins with postgres:// or postgresql://.'],
])('the address %s is refused', (url, message) => {
  const text = `sources:\n  jobs:\n    system: postgres-queue\n    url: "${url}"\n    settings: { engine: river }\n`;
  expect(() => parseConfig(text, 'runlane.yaml', {})).toThrow(message);
});
