import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRecord } from './environment';
import { filesBelow } from './provisioning';
import type { Problem } from './provisioning';
import type { ProxyRoute } from './proxy';

export interface PluginOnDisk {
  id: string;
  type: 'app' | 'datasource' | 'panel';
  name: string;
  version: string;
  /** Where its `module.js` lies. */
  folder: string;
  routes: ProxyRoute[];
  json: Record<string, unknown>;
}

/** Every plugin below the folder, nested ones too. */
export function readPlugins(folder: string): { plugins: PluginOnDisk[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const plugins: PluginOnDisk[] = [];
  for (const file of filesBelow(folder, /^plugin\.json$/)) {
    try {
      const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
      if (!isRecord(json) || typeof json['id'] !== 'string' || !isType(json['type'])) {
        throw new Error('it has no id, or its type is not app, datasource or panel');
      }
      const info = isRecord(json['info']) ? json['info'] : {};
      plugins.push({
        id: json['id'],
        type: json['type'],
        name: typeof json['name'] === 'string' ? json['name'] : json['id'],
        version: typeof info['version'] === 'string' ? info['version'] : '',
        folder: dirname(file),
        routes: Array.isArray(json['routes']) ? (json['routes'] as ProxyRoute[]) : [],
        json,
      });
    } catch (error) {
      problems.push({ file, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { plugins, problems };
}

function isType(value: unknown): value is PluginOnDisk['type'] {
  return value === 'app' || value === 'datasource' || value === 'panel';
}
