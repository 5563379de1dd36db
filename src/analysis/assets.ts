import type { Asset, AssetList, AssetsAnswer } from '../model/answer';
import { FRESHNESS } from '../model/answer';
import type { Match, TaskFilter } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import { compileFilter } from '../model/filter';

/**
 * Assets under a filter, at most `limit`, those first that need a person: overdue ones, those with a failed check, late
 * ones; then by name. Of a filter only what an asset can have is asked: its name (as `task`), source, the labels `group` and
 * `location`, text.
 */
export function assetsAnswer(list: AssetList, filter: TaskFilter, limit: number): AssetsAnswer {
  const isWanted = compileFilter({ ...filter, matches: filter.matches.filter(isOfAssets) });
  const found = list.assets.filter((asset) => isWanted(runOf(asset))).sort(byNeed);
  return {
    ...list,
    view: 'assets',
    assets: found.slice(0, limit),
    ...(found.length > limit && { assetsOmitted: found.length - limit }),
  };
}

function isOfAssets({ field }: Match): boolean {
  return field === 'task' || field === 'source' || field === 'label:group' || field === 'label:location';
}

/** An asset in the words that filters are made of. */
function runOf({ source, name, group, location }: Asset): TaskRun {
  const labels = { ...(group !== undefined && { group }), ...(location !== undefined && { location }) };
  return { source, runId: '', attempt: 1, state: 'unknown', task: name, observedAt: 0, labels };
}

function byNeed(a: Asset, b: Asset): number {
  return need(a) - need(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

/** The smaller, the sooner. */
function need({ freshness, checksFailed }: Asset): number {
  if (freshness === 'overdue') {
    return 0;
  }
  return checksFailed > 0 ? 1 : 2 + FRESHNESS.indexOf(freshness ?? 'fresh');
}
