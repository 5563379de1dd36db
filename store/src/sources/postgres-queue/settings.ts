import type { SourceSettings } from '../../../../src/connectors/system';
import { SettingsError } from '../settings-error';
import type { SettingFault } from '../settings-error';
import { engineNames, readEngine } from './engines';
import type { Mapping } from './mapping';
import { readMapping, readStanding, readZone } from './read-mapping';
import { POSTGRES_QUEUE } from './refuse';

export interface QueueSettings {
  mapping: Mapping;
  schemas: readonly string[];
  /** Reads a schema of another version than is known. */
  anyVersion: boolean;
}

const KEYS = ['engine', 'mapping', 'schema', 'timeZone', 'deleted', 'anyVersion'];

/** @throws SettingsError with every fault at its place */
export function readSettings(settings: SourceSettings): QueueSettings {
  const faults: SettingFault[] = [];
  const fault = (path: string, problem: string) => void faults.push({ path: [path], problem: `${path} ${problem}.` });
  for (const key of Object.keys(settings).filter((name) => !KEYS.includes(name))) {
    fault(key, `is not known. Known: ${KEYS.join(', ')}`);
  }
  const mapping = mappingOf(settings, faults);
  const { schema = mapping?.schema, anyVersion = false, deleted, timeZone } = settings;
  const schemas = (Array.isArray(schema) ? schema : [schema]) as unknown[];
  if (
    mapping !== undefined &&
    (schemas.length === 0 || schemas.some((name) => typeof name !== 'string' || name === ''))
  ) {
    fault('schema', 'is no name of a schema, and no list of such. Want app, or [app, billing]');
  }
  if (typeof anyVersion !== 'boolean') {
    fault('anyVersion', 'is neither true nor false');
  }
  const gone = deleted === undefined ? mapping?.deleted : readStanding(deleted, ['deleted'], faults);
  const zone = timeZone === undefined ? mapping?.timeZone : readZone(timeZone, ['timeZone'], faults);
  if (faults.length > 0 || mapping === undefined) {
    throw new SettingsError(POSTGRES_QUEUE, faults);
  }
  return {
    mapping: { ...mapping, ...(gone !== undefined && { deleted: gone }), timeZone: zone ?? mapping.timeZone },
    schemas: [...new Set(schemas as string[])],
    anyVersion: anyVersion === true,
  };
}

function mappingOf({ engine, mapping }: SourceSettings, faults: SettingFault[]): Mapping | undefined {
  const known = engineNames();
  if (mapping !== undefined && engine === undefined) {
    return readMapping(mapping, ['mapping'], faults);
  }
  if (mapping !== undefined) {
    faults.push({ path: ['mapping'], problem: 'mapping is set beside engine. Leave one of them out.' });
  } else if (typeof engine === 'string' && known.includes(engine)) {
    return readEngine(engine);
  } else {
    const found = engine === undefined ? 'is missing' : `is ${JSON.stringify(engine)}`;
    const problem = `engine ${found}. Want one of ${known.join(', ')}, or a mapping of your own table (docs/postgres-queues.md).`;
    faults.push({ path: ['engine'], problem });
  }
  return undefined;
}
