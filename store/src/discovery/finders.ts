import type { Lookup } from './discovery-config';
import { createDnsFinder } from './dns-finder';
import { createFileFinder } from './file-finder';
import { createKubernetesFinder } from './kubernetes-finder';
import type { Finder } from './target';

export function createFinder(lookup: Lookup): Finder {
  switch (lookup.by) {
    case 'files':
      return createFileFinder(lookup.paths);
    case 'dns':
      return createDnsFinder(lookup);
    case 'kubernetes':
      return createKubernetesFinder(lookup);
  }
}

/** Where that is, for people. */
export function sayPlace(lookup: Lookup): string {
  switch (lookup.by) {
    case 'files':
      return lookup.paths.join(', ');
    case 'dns':
      return lookup.names.join(', ');
    case 'kubernetes':
      return `${lookup.role}s of ${lookup.url}${lookup.labels === undefined ? '' : ` with ${lookup.labels}`}`;
  }
}
