import type { Connector } from '../connectors/connector';
import type { View } from '../model/task-query';

/** What editors have to know of a source. */
export interface Abilities {
  /** It tells changes as they happen. */
  follows: boolean;
  /** It keeps track of what runs make. */
  hasAssets: boolean;
  /** The views that it answers, where it counts runs and may not tell single ones. Absent: every view. */
  counts?: readonly View[];
}

/** @param connect gives the connector; throws where the settings name none that works, which Save & test tells. */
export function abilitiesOf(connect: () => Connector): Abilities {
  let connector: Connector;
  try {
    connector = connect();
  } catch {
    return { follows: true, hasAssets: true };
  }
  const { answers, assets, changes } = connector;
  return {
    follows: changes !== undefined,
    hasAssets: assets !== undefined,
    ...(answers === undefined || answers.includes('runs') ? {} : { counts: answers }),
  };
}
