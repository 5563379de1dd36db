import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { filesBelow } from './plugin-tree';

/** 175 kB, thousands of bytes as browsers' network views count them. Why so much: docs/decisions/056. */
export const NESTED_MODULE_BUDGET = 175_000;

export interface ModuleSize {
  file: string;
  gzipBytes: number;
  withinBudget: boolean;
}

/** The compressed size of every nested plugin's module.js: what a dashboard has to load before it draws anything. */
export function moduleSizes(dist: string, budget = NESTED_MODULE_BUDGET): ModuleSize[] {
  return filesBelow(dist)
    .filter((file) => file.endsWith('/module.js'))
    .map((file) => {
      const gzipBytes = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
      return { file, gzipBytes, withinBudget: gzipBytes <= budget };
    });
}
