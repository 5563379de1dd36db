import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Every file below a folder, as paths with forward slashes relative to it, sorted. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => relative(folder, path).split(sep).join('/'))
    .sort();
}

export function readText(folder: string, file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}

/** A plugin.json inside a built tree. `folder` is `''` for the root plugin. */
export interface PluginFile {
  folder: string;
  file: string;
  json: Record<string, unknown>;
}

/** Reads what parses; a plugin.json that does not parse to an object is returned in `broken`. */
export function pluginFiles(dist: string): { plugins: PluginFile[]; broken: string[] } {
  const plugins: PluginFile[] = [];
  const broken: string[] = [];
  for (const file of filesBelow(dist).filter((name) => name === 'plugin.json' || name.endsWith('/plugin.json'))) {
    const json = parseObject(readText(dist, file));
    if (json) {
      plugins.push({ folder: file.slice(0, -'plugin.json'.length).replace(/\/$/, ''), file, json });
    } else {
      broken.push(file);
    }
  }
  return { plugins, broken };
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The value at a path of keys, when it is a string that is not empty. */
export function textAt(json: unknown, ...keys: string[]): string | undefined {
  let value: unknown = json;
  for (const key of keys) {
    value = asObject(value)?.[key];
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The objects of the list at a path of keys; what is not an object is left out. */
export function objectsAt(json: unknown, ...keys: string[]): Array<Record<string, unknown>> {
  let value: unknown = json;
  for (const key of keys) {
    value = asObject(value)?.[key];
  }
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.map(asObject).filter((item) => item !== undefined);
}

/** A path written in a plugin.json of `folder`, as a path below the tree. */
export function below(folder: string, path: string): string {
  const clean = path.replace(/^\.\//, '');
  return folder === '' ? clean : `${folder}/${clean}`;
}
