import type { ProcessInfo } from './wire';

/** As `supervisorctl` names a process: `group:name`, and the name alone where the group is called the same. */
export function fullNameOf({ group, name }: Pick<ProcessInfo, 'group' | 'name'>): string {
  return group === name ? name : `${group}:${name}`;
}

/**
 * The program that a process is one of. Supervisor does not say it: of `numprocs=3` it lists `web:web_00` to `web:web_02`, which
 * are `web`; in a group of several programs, names that differ in their number only are one.
 */
export function taskOf(full: string, infos: readonly ProcessInfo[]): string {
  const colon = full.indexOf(':');
  if (colon < 0) {
    return full;
  }
  const group = full.slice(0, colon);
  const stem = stemOf(full.slice(colon + 1));
  if (stem === group) {
    return group;
  }
  const siblings = infos.filter((info) => info.group === group && stemOf(info.name) === stem);
  return siblings.length > 1 ? `${group}:${stem}` : full;
}

function stemOf(name: string): string {
  return name.replace(/[_-]?\d+$/, '');
}
