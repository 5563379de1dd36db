import type { Profile } from './profile';

/** What platforms call their worlds. Never what comes and goes with a process: `instance`, `pod`, `node`, `zone`. */
const WORLD_LABELS = ['cluster', 'tenant', 'environment', 'env', 'namespace'] as const;

/** The platforms' labels and an exporter's own. */
export function worldsAnd(...own: string[]): readonly string[] {
  return [...WORLD_LABELS, ...own];
}

/** Every label that can tell worlds apart in a profile's series. */
export function worldLabels({ worlds }: Pick<Profile, 'worlds'>): readonly string[] {
  return worlds ?? WORLD_LABELS;
}
