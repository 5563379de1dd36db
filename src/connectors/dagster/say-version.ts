import type { SourceVersion } from '../connector';
import type { EpochMs } from '../../model/units';
import { sayTrouble } from './daemons';
import type { DagsterVersion } from './wire-instance';

/** Whoever may do one of these may do harm. */
const HARMFUL = ['terminate_pipeline_execution', 'delete_pipeline_run', 'launch_pipeline_execution', 'wipe_assets'];

/** What "Save & test" says: what is there, what stands still, and who else could use this address for what. */
export function sayVersion(of: DagsterVersion, now: EpochMs): SourceVersion {
  const loaded = of.locations.filter(({ error }) => error === undefined);
  const there = `${loaded.length} of ${of.locations.length} code locations are loaded.`;
  const open = of.allowed.some((permission) => HARMFUL.includes(permission))
    ? [
        'This webserver also takes mutations, by GET too: whoever may query this data source could end or delete runs with it. Give Grafana a webserver of its own, started with --read-only.',
      ]
    : [];
  return { product: 'Dagster', version: of.version, summary: [there, ...sayTrouble(of, now), ...open].join(' ') };
}
