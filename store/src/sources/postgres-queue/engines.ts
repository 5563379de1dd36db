import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { SettingFault } from '../settings-error';
import type { Mapping } from './mapping';
import { readMapping } from './read-mapping';

/** Beside this file; the build puts them beside the bundle (scripts/build-store.mjs). */
const FOLDER = fileURLToPath(new URL('./queue-engines/', import.meta.url));

/** Ids of the engines whose mappings come with Runlane, as the settings name them: `pg-boss`. */
export function engineNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replace(/\.yaml$/, ''))
    .sort();
}

/** @throws Error when the file that comes with Runlane is none: a fault of the build */
export function readEngine(name: string): Mapping {
  const file = `${FOLDER}${name}.yaml`;
  const faults: SettingFault[] = [];
  const mapping = readMapping(parse(readFileSync(file, 'utf8')), [], faults);
  if (mapping === undefined) {
    throw new Error(`${file} is no mapping: ${faults.map(({ problem }) => problem).join(' ')}`);
  }
  return mapping;
}
