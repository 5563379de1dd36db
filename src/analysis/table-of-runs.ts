import { abnormalEnding } from '../diagnosis/diagnose';
import { endedAt } from '../model/lifetime';
import { NO_NAME } from '../model/run-table';
import type { Labels, NameColumn, RunTable } from '../model/run-table';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import { KIND_NUMBER, STATE_NUMBER, SUBSTATE_NUMBER } from '../model/word-numbers';

/** Gives names their numbers; a name keeps its number. */
export class NameNumbers {
  readonly names: string[] = [''];
  private readonly numbers = new Map<string, number>([['', NO_NAME]]);

  of(name: string | undefined): number {
    if (name === undefined) {
      return NO_NAME;
    }
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.names.push(name) - 1;
      this.numbers.set(name, number);
    }
    return number;
  }
}

/** Runs that are at hand as objects, as a table. A column is made when it is first asked for, and then takes the place of its getter. */
export class TableOfRuns implements RunTable {
  readonly first = 0;
  readonly length: number;

  /** @param gaveSigns whether signs of life came in between the states of a run */
  constructor(
    readonly runs: readonly TaskRun[],
    readonly firstId: number,
    private readonly numbers: NameNumbers,
    private readonly gaveSigns: (run: TaskRun) => boolean = () => false
  ) {
    this.length = runs.length;
  }

  get state(): Uint8Array {
    return this.bytes('state', ({ state }) => STATE_NUMBER[state]);
  }

  get substate(): Uint8Array {
    return this.bytes('substate', ({ substate }) =>
      substate === undefined ? 0 : (SUBSTATE_NUMBER.get(substate) ?? -1) + 1
    );
  }

  get kind(): Uint8Array {
    return this.bytes('kind', ({ kind }) => (kind === undefined ? 0 : KIND_NUMBER[kind] + 1));
  }

  get beats(): Uint8Array {
    return this.bytes('beats', (run) => Number(this.gaveSigns(run)));
  }

  get retried(): Uint8Array {
    return this.bytes('retried', ({ retried }) => Number(retried === true));
  }

  get attempt(): Uint32Array {
    return this.words('attempt', ({ attempt }) => attempt);
  }

  get source(): Uint32Array {
    return this.namesOf('source');
  }

  get task(): Uint32Array {
    return this.namesOf('task');
  }

  get worker(): Uint32Array {
    return this.namesOf('worker');
  }

  get host(): Uint32Array {
    return this.namesOf('host');
  }

  get queue(): Uint32Array {
    return this.namesOf('queue');
  }

  get ending(): Uint32Array {
    return this.words('ending', (run) => this.numbers.of(abnormalEnding(run)));
  }

  get cause(): Uint32Array {
    return this.keep('cause', new Uint32Array(this.length));
  }

  get created(): Float64Array {
    return this.figures('created', ({ createdAt }) => createdAt);
  }

  get queued(): Float64Array {
    return this.figures('queued', ({ queuedAt }) => queuedAt);
  }

  get started(): Float64Array {
    return this.figures('started', ({ startedAt }) => startedAt);
  }

  get finished(): Float64Array {
    return this.figures('finished', ({ finishedAt }) => finishedAt);
  }

  get observed(): Float64Array {
    return this.figures('observed', ({ observedAt }) => observedAt);
  }

  get cpu(): Float64Array {
    return this.figures('cpu', ({ cpuSeconds }) => cpuSeconds);
  }

  get rss(): Float64Array {
    return this.figures('rss', ({ maxRssBytes }) => maxRssBytes);
  }

  get begin(): Float64Array {
    return this.figures('begin', beganAt);
  }

  get end(): Float64Array {
    return this.figures('end', (run) => endedAt(run) ?? Infinity);
  }

  get limits(): RunTable['limits'] {
    const { runs } = this;
    const isLimited = ({ memoryLimitBytes, cpuLimitCores }: TaskRun) =>
      (memoryLimitBytes ?? cpuLimitCores) !== undefined;
    return this.keep(
      'limits',
      runs.some(isLimited)
        ? {
            memory: Float64Array.from(runs, ({ memoryLimitBytes }) => memoryLimitBytes ?? NaN),
            cpu: Float64Array.from(runs, ({ cpuLimitCores }) => cpuLimitCores ?? NaN),
          }
        : undefined
    );
  }

  get labels(): Labels {
    const sets: Array<Readonly<Record<string, string>>> = [{}];
    const numberOf = ({ labels }: TaskRun) => (labels === undefined ? 0 : sets.push(labels) - 1);
    return this.keep('labels', { sets, of: this.filled(new Uint32Array(this.length), numberOf) });
  }

  private namesOf(column: NameColumn): Uint32Array {
    return this.words(column, (run) => this.numbers.of(run[column]));
  }

  private bytes(column: keyof RunTable, read: (run: TaskRun) => number): Uint8Array {
    return this.keep(column, this.filled(new Uint8Array(this.length), read));
  }

  private words(column: keyof RunTable, read: (run: TaskRun) => number): Uint32Array {
    return this.keep(column, this.filled(new Uint32Array(this.length), read));
  }

  private figures(column: keyof RunTable, read: (run: TaskRun) => number | undefined): Float64Array {
    return this.keep(
      column,
      this.filled(new Float64Array(this.length), (run) => read(run) ?? NaN)
    );
  }

  private filled<Column extends Uint8Array | Uint32Array | Float64Array>(
    column: Column,
    read: (run: TaskRun) => number
  ): Column {
    const { runs } = this;
    for (let i = 0; i < runs.length; i++) {
      column[i] = read(runs[i]!);
    }
    return column;
  }

  private keep<Made>(column: keyof RunTable | 'labels', made: Made): Made {
    Object.defineProperty(this, column, { value: made });
    return made;
  }
}
