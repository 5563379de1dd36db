import { createPsMeter } from './ps-processes';
import { createTreeMeter, type TreeMeter } from './tree-meter';

/** The meter of this system: `/proc` on Linux, `ps` through pidusage elsewhere. */
export function createMeter(
  rootPid: number,
  options: { ownChild: boolean; marker?: string },
  platform: NodeJS.Platform = process.platform
): TreeMeter {
  return platform === 'linux' ? createTreeMeter(rootPid, options) : createPsMeter(rootPid);
}
