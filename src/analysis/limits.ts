import type { Bytes, CpuSeconds, DurationMs, EpochMs, Ratio } from '../model/units';

/** CPU time is counted in hundredths of a second: of shorter lives a share would be guesswork. */
const LEAST_LIFE: DurationMs = 1000;

/** Share of the memory limit at the run's peak; NaN where either is not reported. */
export function memoryShare(peakBytes: Bytes, limitBytes: Bytes): Ratio {
  return peakBytes / limitBytes;
}

/** Share of the CPU limit on average over the run's life; NaN where something is not reported, or the life was too short. */
export function cpuShare(used: CpuSeconds, from: EpochMs, to: EpochMs, limitCores: number): Ratio {
  const life = to - from;
  return life >= LEAST_LIFE ? (used * 1000) / life / limitCores : NaN;
}

/** The largest shares of many runs. */
export class LimitsUsed {
  memory = NaN;
  cpu = NaN;
  runs = 0;

  /** Shares that are not known are NaN. Returns the larger one. */
  add(memory: Ratio, cpu: Ratio): Ratio {
    const larger = cpu > memory || memory !== memory ? cpu : memory;
    if (larger === larger) {
      this.merge({ memory, cpu, runs: 1 });
    }
    return larger;
  }

  merge({ memory, cpu, runs }: Pick<LimitsUsed, 'memory' | 'cpu' | 'runs'>): void {
    this.runs += runs;
    this.memory = this.memory > memory || memory !== memory ? this.memory : memory;
    this.cpu = this.cpu > cpu || cpu !== cpu ? this.cpu : cpu;
  }

  /** What the score takes; nothing where no run has told a limit. */
  get pressure(): { pressure?: { memory?: Ratio; cpu?: Ratio; of: number } } {
    const { memory, cpu, runs } = this;
    return runs === 0
      ? {}
      : { pressure: { ...(memory === memory && { memory }), ...(cpu === cpu && { cpu }), of: runs } };
  }
}
