import type { TreeLimits } from './tree-meter';

/** Limits seldom change: with the samples they are told when they do. */
export function limitsNews(): { of(found: TreeLimits | undefined): TreeLimits } {
  let told: TreeLimits = {};
  return {
    of: (found) => {
      if (
        found === undefined ||
        (found.memoryLimitBytes === told.memoryLimitBytes && found.cpuLimitCores === told.cpuLimitCores)
      ) {
        return {};
      }
      const { memoryLimitBytes, cpuLimitCores } = found;
      told = { memoryLimitBytes, cpuLimitCores };
      return told;
    },
  };
}
