import type { GroupBy } from '../../model/task-query';
import type { Profile } from '../../prometheus/profile';
import { listSeries, placeOf } from '../../prometheus/select-series';
import type { FactRequest } from './plan-queries';
import { notReported } from './plan-queries';

const FALL_BACK: readonly GroupBy[] = ['task', 'queue', 'worker', 'host', 'source'];

/**
 * What the facts can be grouped by: what is wanted, where any of them tells it. Where no task is told, the next best
 * stands for it, and a sentence says so; who asks by worker, host or queue is never shown tasks under that name. Facts that do not tell it themselves make up the group `''`.
 *
 * @throws ConnectorError of kind `not-reported`
 */
export function groupingOf(
  profile: Profile,
  wanted: GroupBy,
  facts: readonly FactRequest[]
): { groupBy: GroupBy; notices: string[] } {
  const tells = ({ series }: FactRequest, groupBy: GroupBy) =>
    listSeries(series).some((one) => {
      const place = placeOf(profile, one, groupBy);
      return 'label' in place || place.text !== '';
    });
  const isTold = (groupBy: GroupBy) => groupBy === 'state' || facts.some((fact) => tells(fact, groupBy));
  if (isTold(wanted)) {
    // Since when the oldest waits is asked of all groups together, wherever it is told.
    const untold = facts.filter(
      (fact) => wanted !== 'state' && fact.series !== undefined && fact.fact !== 'oldestPending' && !tells(fact, wanted)
    );
    const names = untold.map(({ fact }) => fact).join(', ');
    return {
      groupBy: wanted,
      notices:
        untold.length === 0 ? [] : [`${profile.name} does not tell ${names} by ${wanted}: shown without a name.`],
    };
  }
  if (wanted !== 'task') {
    throw notReported(profile, `this by ${wanted}`);
  }
  const groupBy = FALL_BACK.find(isTold) ?? 'source';
  return { groupBy, notices: [`${profile.name} does not report this by ${wanted}: shown by ${groupBy}.`] };
}
