import type { DataFrame } from '@grafana/data';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { FRAME, LANE_FIELD } from './field-names';
import { textOfValue } from './field-values';
import { hasField, runlaneMeta, valueAt } from './frame-cells';

/** What a `lanes` frame says about a lane beside its runs. `undefined`: not reported. */
export interface LaneSummary {
  name: string;
  source?: string;
  context?: string;
  health?: number;
  usualWait?: number;
  usualDuration?: number;
  usualDurationLow?: number;
  usualDurationHigh?: number;
  /** In the order of `LIFECYCLE_STATES`. */
  counts: number[];
  lost: number;
  lastBegan?: number;
  missed: number[];
}

/** What all `lanes` frames say, by the lane's name. */
export function laneSummaries(series: readonly DataFrame[]): Map<string, LaneSummary> {
  const lanes = new Map<string, LaneSummary>();
  for (const frame of series) {
    if (frame.name !== FRAME.lanes || !hasField(frame, LANE_FIELD.lane)) {
      continue;
    }
    const at = (name: string, row: number): unknown => valueAt(frame, name, row);
    const number = (name: string, row: number): number | undefined => {
      const value = at(name, row);
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    };
    for (let row = 0; row < frame.length; row++) {
      const name = textOfValue(at(LANE_FIELD.lane, row));
      const missed = at(LANE_FIELD.missed, row);
      lanes.set(name, {
        name,
        source: textOfValue(at(LANE_FIELD.source, row)) || undefined,
        context: textOfValue(at(LANE_FIELD.context, row)) || undefined,
        health: number(LANE_FIELD.health, row),
        usualWait: number(LANE_FIELD.usualWait, row),
        usualDuration: number(LANE_FIELD.usualDuration, row),
        usualDurationLow: number(LANE_FIELD.usualDurationLow, row),
        usualDurationHigh: number(LANE_FIELD.usualDurationHigh, row),
        counts: LIFECYCLE_STATES.map((state) => number(LANE_FIELD[state], row) ?? 0),
        lost: number(LANE_FIELD.lost, row) ?? 0,
        lastBegan: number(LANE_FIELD.lastBegan, row),
        missed: Array.isArray(missed) ? missed.filter((value): value is number => typeof value === 'number') : [],
      });
    }
  }
  return lanes;
}

/**
 * What the `lanes` frames say of all lanes together: runs by state, where each of the queries `asked` has been counted by
 * its source, and lanes left out.
 */
export function toldOfLanes(
  series: readonly DataFrame[],
  asked: ReadonlySet<string | undefined>
): { told: { counts: number[]; lost: number } | undefined; lanesOmitted: number } {
  const told = { counts: LIFECYCLE_STATES.map(() => 0), lost: 0 };
  const counted = new Set<string | undefined>();
  let lanesOmitted = 0;
  for (const frame of series) {
    const { counts, lanesOmitted: omitted = 0 } = (frame.name === FRAME.lanes && runlaneMeta(frame)) || {};
    lanesOmitted += omitted;
    if (counts !== undefined) {
      counted.add(frame.refId);
      LIFECYCLE_STATES.forEach((state, place) => (told.counts[place]! += counts[state] ?? 0));
      told.lost += counts['lost'] ?? 0;
    }
  }
  return { told: [...asked].every((refId) => counted.has(refId)) ? told : undefined, lanesOmitted };
}
