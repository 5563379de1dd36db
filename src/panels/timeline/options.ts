import type { FieldChoice } from '../../frames/run-fields';
import type { LaneKey } from '../../frames/group-keys';
import type { LaneSort } from './lane-order';
import type { Density } from './layout';

export interface TimelineOptions {
  /** `auto`: as the data came grouped, else by task. */
  laneBy: LaneKey | 'auto';
  /** Dashboard variable that the "Lanes by" control sets, so that the data source groups; empty: lanes are regrouped here. */
  laneVariable: string;
  sort: LaneSort;
  density: Density;
  /** A lane shows this many sub-lanes; what is beyond shares the last one. */
  maxSubLanes: number;
  showLegend: boolean;
  showToolbar: boolean;
  fields: FieldChoice;
  /** Link templates per run, `${traceId}`, `${runId}`, `${task}`, `${worker}`, `${source}`, `${from}` and `${to}` filled in. */
  traceUrl: string;
  logsUrl: string;
  runUrl: string;
}

export const DEFAULT_OPTIONS: TimelineOptions = {
  laneBy: 'auto',
  laneVariable: '',
  sort: 'trouble',
  density: 'normal',
  maxSubLanes: 10,
  showLegend: true,
  showToolbar: true,
  fields: {},
  traceUrl: '',
  logsUrl: '',
  runUrl: '',
};
