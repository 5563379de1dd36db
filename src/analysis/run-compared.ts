import type { RunDifference, UsualFigure, UsualValues } from '../model/answer';
import { USUAL_FIGURES } from '../model/answer';
import { elapsedMs } from '../model/elapsed';
import { askedAt } from '../model/row-life';
import type { RunTable } from '../model/run-table';
import { durationMs, waitMs } from '../model/task-run';
import type { TaskRun } from '../model/task-run';

/** Of fewer runs nobody can say what is usual. */
const LEAST_RUNS = 5;
/** A number that is hardly beyond what is usual tells nothing, and often reads the same. */
const LEAST_FURTHER = 0.05;
/** Text of arguments beyond this is not compared. */
const LONGEST_FACT = 2000;

const ON_ROW: Readonly<Record<UsualFigure, (table: RunTable, row: number) => number>> = {
  wait: ({ queued, created, started }, row) => elapsedMs(askedAt(queued[row]!, created[row]!), started[row]!),
  duration: ({ started, finished }, row) => elapsedMs(started[row]!, finished[row]!),
  cpuSeconds: ({ cpu }, row) => cpu[row]!,
  maxRssBytes: ({ rss }, row) => rss[row]!,
  attempt: ({ attempt }, row) => attempt[row]!,
};

const ON_RUN: Readonly<Record<UsualFigure, (run: TaskRun) => number | undefined>> = {
  wait: waitMs,
  duration: durationMs,
  cpuSeconds: (run) => run.cpuSeconds,
  maxRssBytes: (run) => run.maxRssBytes,
  attempt: (run) => run.attempt,
};

/** What is usual for good runs, figure by figure; figures that fewer than five of them tell are left out. */
export function usualOf(good: ReadonlyArray<{ table: RunTable; row: number }>): UsualValues[] {
  return USUAL_FIGURES.flatMap((figure) => {
    const read = ON_ROW[figure];
    const values = Float64Array.from(good, ({ table, row }) => read(table, row))
      .filter((value) => value === value)
      .sort();
    const at = (share: number) => values[Math.round(share * (values.length - 1))]!;
    return values.length < LEAST_RUNS
      ? []
      : [{ figure, low: at(0.05), middle: at(0.5), high: at(0.95), runs: values.length }];
  });
}

type Fact = string | number | undefined;

/** What a run was given and where it ran. How it ended is no difference that explains anything. */
const FACTS: Readonly<Record<string, (run: TaskRun) => Fact>> = {
  worker: (run) => run.worker,
  host: (run) => run.host,
  queue: (run) => run.queue,
  args: (run) => run.args?.slice(0, LONGEST_FACT),
  maxAttempts: (run) => run.maxAttempts,
  memoryLimitBytes: (run) => run.memoryLimitBytes,
  cpuLimitCores: (run) => run.cpuLimitCores,
};

/**
 * Facts in which a run is not as the last good run of its task was, the most telling first. A fact tells the more, the
 * steadier it was among good runs (ids in arguments are never the same, and say nothing) and the rarer the run's own value
 * is among them; a number, the further it lies outside of what is usual. Numbers that are usual are no difference.
 *
 * @param good the newest good runs before it
 */
export function differencesOf(
  run: TaskRun,
  lastGood: TaskRun,
  usual: readonly UsualValues[],
  good: readonly TaskRun[]
): RunDifference[] {
  const labels = new Set([run, lastGood].flatMap(({ labels: of = {} }) => Object.keys(of)));
  const readers: Array<[string, (of: TaskRun) => Fact]> = [
    ...Object.entries(FACTS),
    ...[...labels].map((name): [string, (of: TaskRun) => Fact] => [`label:${name}`, (of) => labelOf(of, name)]),
  ];
  const facts = readers.flatMap(([fact, read]) => {
    const own = read(run);
    if (own === read(lastGood)) {
      return [];
    }
    const values = good.map(read);
    const seen = values.filter((value) => value === own).length;
    const steady = largestShare(values);
    return [told({ fact, own, good: read(lastGood), seen, of: good.length }, steady * rarity(seen, good.length))];
  });
  const figures = usual.flatMap(({ figure, low, high }) => {
    const own = ON_RUN[figure](run);
    if (own === undefined || !(own > high || own < low)) {
      return [];
    }
    const values = good.flatMap((one) => ON_RUN[figure](one) ?? []);
    const seen = values.filter((value) => (own > high ? value >= own : value <= own)).length;
    const ratio = own > high ? own / Math.max(high, 1e-9) : low / Math.max(own, 1e-9);
    const further = 1 - 1 / Math.max(1, ratio);
    if (further < LEAST_FURTHER) {
      return [];
    }
    return [told({ fact: figure, own, good: ON_RUN[figure](lastGood), seen, of: values.length }, further * rarity(seen, values.length))]; // prettier-ignore
  });
  return [...facts, ...figures].sort((a, b) => b.tells - a.tells).map(({ difference }) => difference);
}

function told({ own, good, ...rest }: RunDifference, tells: number) {
  const difference: RunDifference = {
    ...rest,
    ...(own !== undefined && { own }),
    ...(good !== undefined && { good }),
  };
  return { difference, tells };
}

function rarity(seen: number, of: number): number {
  return 1 - seen / Math.max(1, of);
}

/** Share of the most frequent value. */
function largestShare(values: readonly Fact[]): number {
  const counts = new Map<Fact, number>();
  values.forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
  return Math.max(0, ...counts.values()) / Math.max(1, values.length);
}

function labelOf({ labels = {} }: TaskRun, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
