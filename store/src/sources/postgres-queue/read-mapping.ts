import { isLifecycleState, isSubstate, stateOfSubstate } from '../../../../src/model/lifecycle';
import { compact } from '../../../../src/model/read-shape';
import type { SettingFault } from '../settings-error';
import { FACTS } from './mapping';
import type { EventMeaning, Fact, Mapping, Parts, Read, Standing } from './mapping';

type Path = ReadonlyArray<string | number>;
type Fields = Readonly<Record<string, unknown>>;

const KEYS = [
  'name',
  'schema',
  'tables',
  'table',
  'version',
  'columns',
  'labels',
  'states',
  'events',
  'reads',
  'changed',
  'find',
  'deleted',
  'timeZone',
];
const EVENT_WORDS = ['created', 'due', 'started', 'retry', 'ignored'] as const;
const NEEDED: readonly Fact[] = ['runId', 'task', 'state'];

/**
 * A mapping from YAML's plain values. Whatever is wrong is gathered, each fault with its path.
 *
 * @returns undefined when there are faults
 */
export function readMapping(value: unknown, at: Path, faults: SettingFault[]): Mapping | undefined {
  const reader = new MappingReader(faults);
  const mapping = reader.read(value, at);
  return faults.length === 0 ? mapping : undefined;
}

/** A state as it is written in a mapping: `failed`, `failed/timed_out`. */
export function readStanding(value: unknown, at: Path, faults: SettingFault[]): Standing | undefined {
  return new MappingReader(faults).standing(value, at);
}

/** A name of a time zone, as the system knows it. */
export function readZone(value: unknown, at: Path, faults: SettingFault[]): string | undefined {
  return new MappingReader(faults).zone(value, at);
}

class MappingReader {
  constructor(private readonly faults: SettingFault[]) {}

  read(value: unknown, at: Path): Mapping | undefined {
    const fields = this.fields(value, at, KEYS);
    if (fields === undefined) {
      return undefined;
    }
    const from = this.text(fields['table'], [...at, 'table'], 'a table, or a join: app.jobs');
    const columns = this.columns(fields['columns'], [...at, 'columns']);
    const states = this.states(fields['states'], [...at, 'states']);
    const reads = this.reads(fields, at, columns['runId']);
    const find = this.find(fields['find'], [...at, 'find'], columns['runId']);
    const deleted = this.maybe(fields['deleted'], (word) => this.standing(word, [...at, 'deleted']));
    if (from === undefined) {
      return undefined;
    }
    return compact<Mapping>({
      name:
        this.maybe(fields['name'], (name) => this.text(name, [...at, 'name'], 'a name')) ??
        from.split(/\s/, 1)[0] ??
        '',
      schema: this.maybe(fields['schema'], (name) => this.text(name, [...at, 'schema'], 'a schema')) ?? 'public',
      tables: this.maybe(fields['tables'], (list) => this.texts(list, [...at, 'tables'])) ?? [
        from.split(/\s/, 1)[0] ?? '',
      ],
      version: this.maybe(fields['version'], (version) => this.version(version, [...at, 'version'])),
      from,
      columns,
      labels: this.maybe(fields['labels'], (labels) => this.mapOfTexts(labels, [...at, 'labels'])) ?? {},
      states,
      events: this.maybe(fields['events'], (events) => this.events(events, [...at, 'events'])) ?? new Map(),
      reads,
      find,
      deleted,
      timeZone: this.maybe(fields['timeZone'], (zone) => this.zone(zone, [...at, 'timeZone'])) ?? 'UTC',
    });
  }

  private columns(value: unknown, at: Path): Partial<Record<Fact, string>> {
    const known = Object.keys(FACTS) as Fact[];
    const fields = this.fields(value, at, known) ?? {};
    const columns: Partial<Record<Fact, string>> = {};
    for (const fact of known) {
      if (fields[fact] !== undefined && fields[fact] !== null) {
        columns[fact] = this.text(fields[fact], [...at, fact], 'a column or an expression of SQL');
      } else if (NEEDED.includes(fact)) {
        this.fault([...at, fact], 'is missing. Name the column that has it');
      }
    }
    return columns;
  }

  private states(value: unknown, at: Path): Map<string, Standing> {
    const found = new Map<string, Standing>();
    for (const [word, standing] of Object.entries(this.fields(value, at) ?? {})) {
      const read = this.standing(standing, [...at, word]);
      if (read !== undefined) {
        found.set(word, read);
      }
    }
    if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) {
      this.fault(at, 'names no state. Want the words of the column with what they mean: done: completed');
    }
    return found;
  }

  standing(value: unknown, at: Path): Standing | undefined {
    const [state = '', substate] = String(value).split('/');
    if (!isLifecycleState(state)) {
      return this.fault(at, `is ${shown(value)}, want pending, running, completed, failed, cancelled or unknown`);
    }
    if (substate === undefined) {
      return { state };
    }
    return isSubstate(substate) && stateOfSubstate(substate) === state
      ? { state, substate }
      : this.fault(at, `is ${shown(value)}: ${state} has no substate of that name`);
  }

  private events(value: unknown, at: Path): Map<string, EventMeaning> {
    const found = new Map<string, EventMeaning>();
    for (const [word, meaning] of Object.entries(this.fields(value, at) ?? {})) {
      const known = EVENT_WORDS.find((one) => one === meaning);
      const read = known ?? this.standing(meaning, [...at, word]);
      if (read !== undefined) {
        found.set(word, read);
      }
    }
    return found;
  }

  private reads(fields: Fields, at: Path, runId: string | undefined): Read[] {
    const { reads, changed } = fields;
    if (reads === undefined && changed !== undefined) {
      const since = this.text(changed, [...at, 'changed'], 'the column that has when a row changed');
      return since === undefined || runId === undefined ? [] : [{ since, key: [runId] }];
    }
    if (!Array.isArray(reads) || reads.length === 0) {
      this.fault(
        [...at, 'changed'],
        'is missing. Name the column that has when a row changed, or say in reads how rows are read'
      );
      return [];
    }
    return reads.flatMap((read, index) => this.readOf(read, [...at, 'reads', index], runId) ?? []);
  }

  private readOf(value: unknown, at: Path, runId: string | undefined): Read | undefined {
    const fields = this.fields(value, at, ['table', 'where', 'parts', 'since', 'key', 'bound']);
    if (fields === undefined) {
      return undefined;
    }
    const bound = this.maybe(fields['bound'], (one) => this.bound(one, [...at, 'bound']));
    return compact<Read>({
      from: this.maybe(fields['table'], (text) => this.text(text, [...at, 'table'], 'a table, or a join')),
      where: this.maybe(fields['where'], (text) => this.text(text, [...at, 'where'], 'a condition of SQL')),
      parts: this.maybe(fields['parts'], (parts) => this.parts(parts, [...at, 'parts'])),
      since: this.maybe(fields['since'], (text) => this.text(text, [...at, 'since'], 'a column with a time')),
      key: this.maybe(fields['key'], (key) => this.texts(key, [...at, 'key'])) ?? (runId === undefined ? [] : [runId]),
      bound,
    });
  }

  private bound(value: unknown, at: Path): Read['bound'] {
    const fields = this.fields(value, at, ['table', 'at', 'where']) ?? {};
    const from = this.text(fields['table'], [...at, 'table'], 'a table');
    const time = this.text(fields['at'], [...at, 'at'], 'the column of that table that has the time');
    const where = this.maybe(fields['where'], (text) => this.text(text, [...at, 'where'], 'a condition of SQL'));
    return from === undefined || time === undefined ? undefined : compact({ from, at: time, where });
  }

  private parts(value: unknown, at: Path): Parts | undefined {
    const fields = this.fields(value, at, ['columns', 'values']) ?? {};
    const columns = this.texts(fields['columns'], [...at, 'columns']);
    const values = this.text(fields['values'], [...at, 'values'], 'a query');
    return columns === undefined || values === undefined ? undefined : { columns, values };
  }

  private find(value: unknown, at: Path, runId = ''): Mapping['find'] {
    const fields = this.maybe(value, (one) => this.fields(one, at, ['key', 'parts'])) ?? {};
    return compact({
      key: this.maybe(fields['key'], (key) => this.text(key, [...at, 'key'], 'a column')) ?? runId,
      parts: this.maybe(fields['parts'], (parts) => this.parts(parts, [...at, 'parts'])),
    });
  }

  private version(value: unknown, at: Path): Mapping['version'] {
    const fields = this.fields(value, at, ['query', 'from', 'to']) ?? {};
    const { from, to } = fields;
    const query = this.text(fields['query'], [...at, 'query'], 'a query that gives one number');
    return query !== undefined && typeof from === 'number' && typeof to === 'number'
      ? { query, from, to }
      : this.fault(at, 'wants query, and as numbers from and to');
  }

  zone(value: unknown, at: Path): string | undefined {
    const zone = this.text(value, at, 'a time zone such as Europe/Berlin');
    try {
      return zone === undefined
        ? undefined
        : new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
    } catch {
      return this.fault(at, `is ${shown(value)}, want a time zone such as Europe/Berlin`);
    }
  }

  private mapOfTexts(value: unknown, at: Path): Record<string, string> {
    const entries = Object.entries(this.fields(value, at) ?? {});
    return Object.fromEntries(
      entries.flatMap(([name, one]) => {
        const text = this.text(one, [...at, name], 'a column or an expression of SQL');
        return text === undefined ? [] : [[name, text]];
      })
    );
  }

  private texts(value: unknown, at: Path): string[] | undefined {
    if (typeof value === 'string') {
      return [value];
    }
    return Array.isArray(value) && value.length > 0
      ? value.flatMap((one, index) => this.text(one, [...at, index], 'a text') ?? [])
      : this.fault(at, `is ${shown(value)}, want a list of texts`);
  }

  private text(value: unknown, at: Path, want: string): string | undefined {
    return typeof value === 'string' && value.trim() !== ''
      ? value.trim()
      : this.fault(at, `${value === undefined ? 'is missing' : `is ${shown(value)}`}, want ${want}`);
  }

  private fields(value: unknown, at: Path, known?: readonly string[]): Fields | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.fault(at, `${value === undefined ? 'is missing' : 'is no mapping'}. Want names with their values`);
    }
    for (const key of Object.keys(value).filter((name) => known?.includes(name) === false)) {
      this.fault([...at, key], `is not known. Known: ${known?.join(', ')}`);
    }
    return value as Fields;
  }

  private maybe<T>(value: unknown, read: (value: unknown) => T | undefined): T | undefined {
    return value === undefined || value === null ? undefined : read(value);
  }

  private fault(path: Path, problem: string): undefined {
    this.faults.push({ path, problem: `${path.join('.')} ${problem}.` });
    return undefined;
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
