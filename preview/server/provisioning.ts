import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { expandDeep, isRecord } from './environment';

/** A file that could not be used: shown on the start page, the rest goes on. */
export interface Problem {
  file: string;
  /** From 1. */
  line?: number;
  message: string;
}

export interface ProvisionedDataSource {
  uid: string;
  name: string;
  type: string;
  isDefault: boolean;
  editable: boolean;
  url: string;
  /** Absent where basic auth is off. Its password is `secureJsonData.basicAuthPassword`. */
  basicAuthUser?: string;
  jsonData: Record<string, unknown>;
  secureJsonData: Record<string, unknown>;
}

export interface DashboardFile {
  uid: string;
  title: string;
  folder: string;
  tags: string[];
  file: string;
  json: Record<string, unknown>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Every data source in `<folder>/datasources/*.{yaml,yml}`. */
export function readDataSources(
  folder: string,
  environment: Environment
): { dataSources: ProvisionedDataSource[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const dataSources: ProvisionedDataSource[] = [];
  for (const file of filesIn(join(folder, 'datasources'), /\.ya?ml$/)) {
    const content = readYaml(file, environment, problems);
    for (const entry of listOf(content, 'datasources')) {
      if (typeof entry['name'] !== 'string' || typeof entry['type'] !== 'string') {
        problems.push({ file, message: 'a data source has no name or no type.' });
        continue;
      }
      dataSources.push({
        uid: textOf(entry['uid']) || entry['name'],
        name: entry['name'],
        type: entry['type'],
        isDefault: entry['isDefault'] === true,
        editable: entry['editable'] === true,
        url: textOf(entry['url']),
        ...(entry['basicAuth'] === true ? { basicAuthUser: textOf(entry['basicAuthUser']) } : {}),
        jsonData: isRecord(entry['jsonData']) ? entry['jsonData'] : {},
        secureJsonData: isRecord(entry['secureJsonData']) ? entry['secureJsonData'] : {},
      });
    }
  }
  return { dataSources, problems };
}

/** `jsonData` of every app in `<folder>/plugins/*.{yaml,yml}`, by plugin id. */
export function readAppSettings(
  folder: string,
  environment: Environment
): { settings: Map<string, Record<string, unknown>>; problems: Problem[] } {
  const problems: Problem[] = [];
  const settings = new Map<string, Record<string, unknown>>();
  for (const file of filesIn(join(folder, 'plugins'), /\.ya?ml$/)) {
    for (const entry of listOf(readYaml(file, environment, problems), 'apps')) {
      settings.set(textOf(entry['type']), isRecord(entry['jsonData']) ? entry['jsonData'] : {});
    }
  }
  return { settings, problems };
}

/** Every dashboard below the given folders. A uid that was met before is left out, so the first folder wins. */
export function readDashboards(folders: ReadonlyArray<{ path: string; title: string }>): {
  dashboards: DashboardFile[];
  problems: Problem[];
} {
  const problems: Problem[] = [];
  const dashboards = new Map<string, DashboardFile>();
  for (const folder of folders) {
    for (const file of filesBelow(folder.path, /\.json$/)) {
      const dashboard = readDashboard(file, folder.title, problems);
      if (dashboard !== undefined && !dashboards.has(dashboard.uid)) {
        dashboards.set(dashboard.uid, dashboard);
      }
    }
  }
  return { dashboards: [...dashboards.values()], problems };
}

function readDashboard(file: string, folder: string, problems: Problem[]): DashboardFile | undefined {
  const text = readFileSync(file, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ file, line: lineOfJsonError(text, message), message: `not valid JSON: ${message}.` });
    return undefined;
  }
  if (!isRecord(json) || typeof json['title'] !== 'string' || json['title'] === '') {
    problems.push({ file, line: 1, message: 'no dashboard: it has no "title".' });
    return undefined;
  }
  if (json['panels'] !== undefined && !Array.isArray(json['panels'])) {
    problems.push({ file, line: lineOfKey(text, 'panels'), message: '"panels" is no list.' });
    return undefined;
  }
  return {
    uid: textOf(json['uid']) || slug(json['title']),
    title: json['title'],
    folder,
    tags: Array.isArray(json['tags']) ? json['tags'].map(textOf).filter(Boolean) : [],
    file,
    json,
  };
}

/** Line (from 1) of a fault in JSON: where `JSON.parse` says so, else where a reader of YAML (which holds all JSON) stumbles. */
export function lineOfJsonError(text: string, message: string): number {
  const position = /at position (\d+)/.exec(message);
  const at = position === null ? parseDocument(text, { prettyErrors: false }).errors[0]?.pos[0] : Number(position[1]);
  return text.slice(0, at ?? text.length).split('\n').length;
}

function lineOfKey(text: string, key: string): number {
  const at = text.indexOf(`"${key}"`);
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}

function readYaml(file: string, environment: Environment, problems: Problem[]): unknown {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    problems.push({ file, line: lines.linePos(error.pos[0]).line, message: `not valid YAML: ${error.message}` });
    return undefined;
  }
  return expandDeep(document.toJS(), environment);
}

function listOf(content: unknown, key: string): Array<Record<string, unknown>> {
  const list = isRecord(content) ? content[key] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function filesIn(folder: string, pattern: RegExp): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => pattern.test(name))
        .sort()
        .map((name) => join(folder, name))
    : [];
}

export function filesBelow(folder: string, pattern: RegExp): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && pattern.test(entry.name))
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
        .sort()
    : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
