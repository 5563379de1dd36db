import type { LaneKey } from '../../frames/group-keys';
import type { FieldChoice } from '../../frames/run-fields';
import type { Density } from './draw/layout';
import type { LaneSort } from './lanes/lane-order';

const LANE_FACTS = ['task', 'worker', 'queue', 'source', 'host', 'state'] as const;

/** What the option "Lanes by" offers: facts, then the labels found in the data by name. */
export function laneChoices(found: readonly LaneKey[]): Array<'auto' | LaneKey> {
  const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  const labels = found.filter((key) => key.startsWith('label:')).sort((a, b) => byName.compare(a, b));
  return ['auto', ...LANE_FACTS, ...labels];
}

/** The option as a key of lanes: what a user typed that is none of the facts is the name of a label. */
export function laneKeyOf(choice: string): 'auto' | LaneKey {
  const known = (['auto', 'lane', ...LANE_FACTS] as const).find((key) => key === choice);
  const name = choice.replace(/^label:/, '').trim();
  return known ?? (name === '' ? 'auto' : `label:${name}`);
}

/** What the panel shows of the runs: bars on an axis, the newest of each lane as squares, or all of them as a table. */
export type TimelineBody = 'lanes' | 'grid' | 'table';

export interface TimelineOptions {
  /** A `LaneKey`, a label's name, or `auto`: as the data came grouped, else by task. */
  laneBy: string;
  /** Dashboard variable that the "Lanes by" control sets, so that the data source groups; empty: lanes are regrouped here. */
  laneVariable: string;
  sort: LaneSort;
  /** What it begins with. */
  show: TimelineBody;
  density: Density;
  /** A lane shows this many sub-lanes; what is beyond shares the last one. */
  maxSubLanes: number;
  /** Field whose numbers colour runs where the colour option goes by value; empty: states do, and durations in gradients. */
  colorField: string;
  /** The run to choose when it first comes: its name, or a state, see `asked-run.ts`. Dashboard variables are filled in. */
  selectRun: string;
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
  show: 'lanes',
  density: 'normal',
  maxSubLanes: 10,
  colorField: '',
  selectRun: '',
  showLegend: true,
  showToolbar: true,
  fields: {},
  traceUrl: '',
  logsUrl: '',
  runUrl: '',
};
