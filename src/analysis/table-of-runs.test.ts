import fc from 'fast-check';
import { LIFECYCLE_STATES, SUBSTATES } from '../model/lifecycle';
import { endedAt, waitsSince } from '../model/lifetime';
import { leftPending, liveStateAt, rowCameAt, waitsSince as rowWaitsSince } from '../model/row-life';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import { STATE_NUMBER } from '../model/word-numbers';
import { cameAt } from '../health/missed-runs';
import { NameNumbers, TableOfRuns } from './table-of-runs';

const name = fc.option(fc.constantFrom('a', 'b', ''), { nil: undefined });
const instant = fc.option(fc.integer({ min: -50, max: 50 }), { nil: undefined });
const lifecycle = fc
  .constantFrom(...LIFECYCLE_STATES)
  .chain((state) =>
    fc.record({ state: fc.constant(state), substate: fc.constantFrom(undefined, ...SUBSTATES[state]) })
  );

const runs: fc.Arbitrary<TaskRun[]> = fc.array(
  fc
    .record({
      life: lifecycle,
      worker: name,
      queue: name,
      createdAt: instant,
      queuedAt: instant,
      startedAt: instant,
      finishedAt: instant,
      observedAt: fc.integer({ min: -50, max: 50 }),
      cpuSeconds: fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
    })
    .map(({ life, ...rest }) => ({ source: 's', runId: 'r', attempt: 1, task: 't', ...life, ...rest }))
);

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

it('says of each row what the run says, and nothing of what it does not report', () => {
  fc.assert(
    fc.property(runs, (given) => {
      const numbers = new NameNumbers();
      const table = new TableOfRuns(given, 7, numbers);
      expect([table.firstId, table.first, table.length]).toEqual([7, 0, given.length]);
      given.forEach((run, i) => {
        expect({
          begin: table.begin[i],
          end: table.end[i],
          started: known(table.started[i]!),
          cpu: known(table.cpu[i]!),
          worker: numbers.names[table.worker[i]!],
          queue: numbers.names[table.queue[i]!],
          came: rowCameAt(table, i),
          waits: known(rowWaitsSince(table, i)),
        }).toEqual({
          begin: beganAt(run),
          end: endedAt(run) ?? Infinity,
          started: run.startedAt,
          cpu: run.cpuSeconds,
          worker: run.worker ?? '',
          queue: run.queue ?? '',
          came: cameAt(run),
          waits: waitsSince(run),
        });
      });
    })
  );
});

it('knows of each instant whether a run waits, runs, or does neither', () => {
  fc.assert(
    fc.property(runs, fc.integer({ min: -60, max: 60 }), (given, at) => {
      const table = new TableOfRuns(given, 0, new NameNumbers());
      given.forEach((run, i) => {
        const isThere = run.state !== 'unknown' && beganAt(run) < at && (endedAt(run) ?? Infinity) >= at;
        const started = run.startedAt ?? (run.state === 'running' ? beganAt(run) : Infinity);
        const hasLeft = run.state !== 'pending' && Math.max(started, beganAt(run)) < at;
        const expected = !isThere ? -1 : hasLeft ? STATE_NUMBER.running : STATE_NUMBER.pending;
        expect(liveStateAt(table, i, at)).toBe(expected);
        expect(leftPending(table, i) === Infinity).toBe(run.state === 'pending');
      });
    })
  );
});

it('makes a column once: what is written into it stays', () => {
  const table = new TableOfRuns(
    [{ source: 's', runId: 'r', attempt: 1, task: 't', state: 'failed', observedAt: 1 }],
    0,
    new NameNumbers()
  );
  table.cause[0] = 5;
  expect(table.cause[0]).toBe(5);
  expect(table.limits).toBeUndefined();
});
