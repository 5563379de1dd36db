import type { DagsterLocation } from './wire-instance';

/** Where a job, a schedule or a sensor is defined. */
interface Place {
  location?: string;
  repository?: string;
}

/**
 * How things are named: a code location is a world, and two locations with a job of the same name have two jobs. It stands
 * before the name where the workspace has more than one, or where a run is of another than that one (of one that was
 * removed); so does a repository where its location has several. Asked of the workspace, not of what a range holds, so
 * that all panels say the same name.
 */
export function namer(locations: readonly DagsterLocation[]): (place: Place, name: string) => string {
  const repositories = new Map(locations.map((one) => [one.name, one.repositories.length]));
  return ({ location, repository }, name) => {
    if (location === undefined) {
      return name;
    }
    const isOnlyOne = locations.length === 1 && repositories.has(location);
    const isOneOfSeveral = (repositories.get(location) ?? 0) > 1;
    return [isOnlyOne ? undefined : location, isOneOfSeveral ? repository : undefined, name]
      .filter((part) => part !== undefined)
      .join('/');
  };
}
