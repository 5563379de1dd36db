import fc from 'fast-check';
import { LIFECYCLE_STATES, TROUBLE } from '../model/lifecycle';
import { worstColumns } from './columns';

const run = fc.record({
  lane: fc.integer({ min: 0, max: 2 }),
  begin: fc.integer({ min: -20, max: 120 }),
  wait: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
  length: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant(Infinity)),
  state: fc.integer({ min: 0, max: 5 }),
  lost: fc.boolean(),
});
const GRID = { from: 0, step: 7, count: 14, now: 90 };
const FAILED = LIFECYCLE_STATES.indexOf('failed');
const PENDING = LIFECYCLE_STATES.indexOf('pending');

type Run = { lane: number; begin: number; started: number; end: number; state: number; lost: number };

/** Whether `[begin, end)` shares time with a column, an instant being inside the column that holds it. */
function touches(begin: number, end: number, column: number): boolean {
  const from = column * GRID.step;
  const to = from + GRID.step;
  const until = Math.min(end, GRID.now);
  if (from >= GRID.now) {
    return false;
  }
  return until > begin ? begin < to && until > from : begin >= from && begin < to;
}

describe('worstColumns', () => {
  it('shows in each column the worst of all runs that touch it, and counts each run once, in its own state', () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 25 }), (given) => {
        const runs: Run[] = given
          .map((entry) => ({
            lane: entry.lane,
            begin: entry.begin,
            started: entry.wait === undefined ? NaN : entry.begin + entry.wait,
            end: entry.begin + Math.max(entry.wait ?? 0, entry.length),
            state: entry.state,
            lost: entry.lost && entry.state === FAILED ? 1 : 0,
          }))
          .sort((a, b) => a.lane - b.lane);
        const stretches = worstColumns(3, GRID, (add) =>
          runs.forEach(({ lane, begin, started, end, state, lost }) =>
            add(lane, begin, started, end, state, lost === 1, false)
          )
        );
        for (let lane = 0; lane < 3; lane++) {
          for (let column = 0; column < GRID.count; column++) {
            expect({ lane, column, look: lookOf(stretches, lane, column) }).toEqual({
              lane,
              column,
              look: worst(
                runs.filter((entry) => entry.lane === lane),
                column
              ),
            });
          }
        }
        stretches.lane.forEach((lane, i) => {
          const first = (stretches.start[i] ?? 0) / GRID.step;
          const last = (stretches.end[i] ?? 0) / GRID.step - 1;
          const inside = runs.filter(
            (entry) =>
              entry.lane === lane &&
              Array.from({ length: last - first + 1 }, (_, c) => first + c).some((column) => isSeen(entry, column))
          );
          expect(stretches.count[i]).toBe(inside.length);
          const working = inside.filter((entry) =>
            Array.from({ length: last - first + 1 }, (_, c) => first + c).some((column) => works(entry, column))
          );
          for (const [number, state] of LIFECYCLE_STATES.entries()) {
            const inState = working.filter((entry) => entry.state === number);
            expect({ state, count: stretches.counts[state]?.[i] ?? 0 }).toEqual({ state, count: inState.length });
          }
          expect(stretches.lost[i]).toBe(working.filter(({ lost }) => lost === 1).length);
        });
      }),
      { numRuns: 250 }
    );
  });
});

/** A run is seen where its wait or its work is; work without length is an instant at its end. */
function isSeen({ begin, started, end, state }: Run, column: number): boolean {
  const middle = started > begin && state !== PENDING ? Math.min(started, end) : begin;
  return (middle > begin && touches(begin, middle, column)) || touches(middle, end, column);
}

/** Whether its part behind the wait is seen in a column. */
function works({ begin, started, end, state }: Run, column: number): boolean {
  return touches(started > begin && state !== PENDING ? Math.min(started, end) : begin, end, column);
}

function lookOf(stretches: ReturnType<typeof worstColumns>, lane: number, column: number): string {
  const at = stretches.lane.findIndex(
    (of, i) =>
      of === lane && (stretches.start[i] ?? 0) <= column * GRID.step && column * GRID.step < (stretches.end[i] ?? 0)
  );
  return at === -1
    ? 'nothing'
    : `${LIFECYCLE_STATES[stretches.state[at] ?? 0]} ${Math.min(1, stretches.lost[at] ?? 0)}`;
}

function worst(runs: readonly Run[], column: number): string {
  let rank = -1;
  let look = 'nothing';
  const see = (state: number, lost: number, of: number): void => {
    if (of > rank) {
      rank = of;
      look = `${LIFECYCLE_STATES[state]} ${lost}`;
    }
  };
  for (const { begin, started, end, state, lost } of runs) {
    const name = LIFECYCLE_STATES[state] ?? 'unknown';
    const hasWait = started > begin && state !== PENDING;
    if (hasWait && touches(begin, Math.min(started, end), column)) {
      see(PENDING, 0, 0);
    }
    if (touches(hasWait ? Math.min(started, end) : begin, end, column)) {
      see(state, lost, TROUBLE[name] + lost);
    }
  }
  return look;
}
