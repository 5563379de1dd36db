import { runlaneMeta } from '../../../frames/frame-cells';
import { groupKeys, type LaneKey } from '../../../frames/group-keys';
import { frameRow, hasMerged, isMergedRow, type RunColumns } from '../../../frames/run-columns';
import type { RunPart } from '../../../frames/run-fields';
import { textFact } from '../details/run-lines';

export const ALERT_FACTS = ['task', 'queue', 'worker'] as const;
export type AlertFact = (typeof ALERT_FACTS)[number];

/** What an alert rule can be made for. */
export interface AlertSubject {
  fact: AlertFact;
  name: string;
  /** Absent where it is not reported, or where several sources know the name. */
  source?: string;
}

/** What rules can be made for from one run: its task first, then where it waited and what ran it, as far as reported. */
export function subjectsOfRun(columns: RunColumns, row: number): AlertSubject[] {
  if (isMergedRow(columns, row) || !namesTasks(frameRow(columns, row).part)) {
    return [];
  }
  const source = textFact(columns, row, 'source');
  return ALERT_FACTS.flatMap((fact) => {
    const name = textFact(columns, row, fact);
    return name === undefined ? [] : [{ fact, name, ...(source === undefined ? {} : { source }) }];
  });
}

/** The fact that lanes stand for, where a rule can be made for it. */
export function alertFactOf(columns: RunColumns, laneBy: LaneKey): AlertFact | undefined {
  return columns.parts.every(namesTasks) ? ALERT_FACTS.find((fact) => fact === laneBy) : undefined;
}

/** What a lane stands for. `said` is the source that the data source names for the lane. */
export function subjectOfLane(
  columns: RunColumns,
  laneBy: LaneKey,
  name: string,
  said: string | undefined
): AlertSubject | undefined {
  const fact = alertFactOf(columns, laneBy);
  if (fact === undefined || name === '') {
    return undefined;
  }
  const source = said ?? onlySource(columns, fact, name);
  return { fact, name, ...(source === undefined ? {} : { source }) };
}

/**
 * Frames of other data sources have a "name" of any kind. They name tasks where they say so, or say which system a row
 * comes from.
 */
function namesTasks({ frame, fields }: RunPart): boolean {
  const meta = runlaneMeta(frame);
  // The lanes of the view "alerts" are rules.
  return meta !== undefined
    ? meta.view !== 'alerts'
    : fields.source !== undefined || /^task([ _-]?name)?$/i.test(fields.name.name);
}

function onlySource(columns: RunColumns, fact: AlertFact, name: string): string | undefined {
  if (hasMerged(columns)) {
    return undefined;
  }
  const keys = groupKeys(columns, fact);
  const sources = groupKeys(columns, 'source');
  const wanted = keys.names.indexOf(name);
  let found = -1;
  for (let row = 0; row < columns.length; row++) {
    if (keys.index[row] !== wanted) {
      continue;
    }
    const source = sources.index[row]!;
    if (found >= 0 && found !== source) {
      return undefined;
    }
    found = source;
  }
  return found < 0 ? undefined : sources.names[found] || undefined;
}
