import type { Match, TaskFilter } from '../model/task-query';
import type { LabelNames, Profile, Series } from './profile';
import { aggregate, escapeRegex, quote, selectorOf } from './promql';
import { matchersOfSeries } from './select-series';
import { worldLabels } from './world-labels';

/**
 * One rule for a task's name where another series tells it (`profile.owner`): the owner's, else what the task's own label
 * says. `rows` below are vectors with that label and those of worlds.
 */

/** The label that holds the name by that rule. */
export const NAME_LABEL = 'runlane_name';
const MATCH_LABEL = 'runlane_match';

/** Whether the series' tasks have owners: it has the label that the owner's series has too. */
export function hasOwner({ owner, labels }: Profile, series: Series): boolean {
  const { task }: LabelNames = series.labels ?? labels;
  return owner !== undefined && task !== undefined && task === labels.task;
}

/** Labels that tell one thing, of which a task has many, from another. Who told it is none: exporters move and come in pairs. */
export function thingLabels(profile: Profile, series: Series): string[] {
  const { task, host }: LabelNames = series.labels ?? profile.labels;
  return [...worldLabels(profile), ...[task, host].flatMap((label) => label ?? [])];
}

/**
 * Rows with the name in `NAME_LABEL`.
 *
 * @param there series of all things that there are rows of
 * @param over when the owner is looked for, as a window and an offset: `[15m] @ 1750000000`
 */
export function named(rows: string, profile: Profile, there: string, over: string): string {
  const { owner, labels } = profile;
  if (owner === undefined || labels.task === undefined) {
    return rows;
  }
  const things = [...worldLabels(profile), labels.task];
  const told = `last_over_time(${selectorOf(owner.metric, matchersOfSeries(owner))}${over})`;
  // One owner each, whatever Prometheus knows: two would make the whole question fail.
  const owners = `topk by (${things.join(',')}) (1, ${aggregate('max', [...things, owner.label], told)})`;
  const names = `${nameFrom(owner.label, owners)} or on (${things.join(',')}) ${nameFrom(labels.task, aggregate('group', things, there))}`;
  return `${rows} * on (${things.join(',')}) group_left (${NAME_LABEL}) (${names})`;
}

function nameFrom(label: string, expr: string): string {
  return `label_replace(${expr}, "${NAME_LABEL}", "$1", ${quote(label)}, "((?s:.*))")`;
}

/** Of rows with a name those that a match on the name takes. */
export function onlyNamed(rows: string, { operator, values }: Match): string {
  const isText = operator === '=' || operator === '!=';
  const any = values.map((value) => (isText ? escapeRegex(value) : `(?:${value})`)).join('|');
  const marked = `label_replace(${rows}, "${MATCH_LABEL}", "1", "${NAME_LABEL}", ${quote(any)})`;
  // A vector without labels is what lacks the mark.
  return `(${marked} ${operator.startsWith('=') ? 'unless' : 'and'} on (${MATCH_LABEL}) vector(1))`;
}

/** What of a filter is about a name that no label of the series holds, and the rest. */
export function splitMatches(
  profile: Profile,
  series: Series,
  { matches, text = '' }: TaskFilter
): { onName: Match[]; onLabels: Match[]; text?: string } {
  if (!hasOwner(profile, series)) {
    return { onName: [], onLabels: [...matches], text };
  }
  const isOnName = ({ field, values }: Match) => field === 'task' && values.length > 0;
  const found: Match = { field: 'task', operator: '=~', values: [`(?i:.*${escapeRegex(text)}.*)`] };
  return {
    onName: [...matches.filter(isOnName), ...(text === '' ? [] : [found])],
    onLabels: matches.filter((match) => !isOnName(match)),
  };
}
