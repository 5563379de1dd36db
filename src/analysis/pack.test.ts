import fc from 'fast-check';
import { packLanes } from './pack';

const interval = fc.record({ begin: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 0, max: 20 }) });
const lanes = fc.array(fc.array(interval, { maxLength: 30 }), { maxLength: 5 });

function pack(input: ReadonlyArray<ReadonlyArray<{ begin: number; length: number }>>) {
  const sorted = input.map((lane) => [...lane].sort((a, b) => a.begin - b.begin));
  const runs = sorted.flat();
  const laneStart = [0];
  for (const lane of sorted) {
    laneStart.push((laneStart[laneStart.length - 1] ?? 0) + lane.length);
  }
  const base = 1_700_000_000_000;
  const begin = Float64Array.from(runs, (run) => base + run.begin);
  const end = Float64Array.from(runs, (run) => base + run.begin + run.length);
  return { sorted, laneStart, begin, end, packing: packLanes(begin, end, laneStart) };
}

/** An instant covers its own begin, everything else covers its begin up to, not including, its end. */
function overlap(a: { begin: number; length: number }, b: { begin: number; length: number }): boolean {
  const endOf = (run: { begin: number; length: number }): number => run.begin + Math.max(run.length, 1e-6);
  return a.begin < endOf(b) && b.begin < endOf(a);
}

describe('packLanes', () => {
  it('never puts two runs that overlap into the same sub-lane', () => {
    fc.assert(
      fc.property(lanes, (input) => {
        const { sorted, laneStart, packing } = pack(input);
        sorted.forEach((lane, l) => {
          lane.forEach((a, i) => {
            lane.slice(0, i).forEach((b, j) => {
              if (overlap(a, b)) {
                const offset = laneStart[l] ?? 0;
                expect(packing.subLane[offset + i]).not.toBe(packing.subLane[offset + j]);
              }
            });
          });
        });
      }),
      { numRuns: 300 }
    );
  });

  it('needs exactly as many sub-lanes as runs overlap at the worst moment', () => {
    fc.assert(
      fc.property(lanes, (input) => {
        const { sorted, packing } = pack(input);
        sorted.forEach((lane, l) => {
          const most = Math.max(
            0,
            ...lane.map((run) => lane.filter((other) => overlap({ begin: run.begin, length: 0 }, other)).length)
          );
          expect(packing.subLanes[l]).toBe(most);
        });
      }),
      { numRuns: 300 }
    );
  });

  it('packs open runs below each other and lets neighbours that touch share a sub-lane', () => {
    const { subLane, subLanes } = packLanes(Float64Array.of(0, 5, 10), Float64Array.of(5, Infinity, Infinity), [0, 3]);
    expect([...subLane]).toEqual([0, 0, 1]);
    expect([...subLanes]).toEqual([2]);
  });

  it('packs a million runs', () => {
    const count = 1_000_000;
    const begin = new Float64Array(count);
    const end = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      begin[i] = i;
      end[i] = i + ((i * 7919) % 50);
    }
    const { subLanes } = packLanes(begin, end, [0, count]);
    expect(subLanes[0]).toBeGreaterThan(20);
    expect(subLanes[0]).toBeLessThanOrEqual(50);
  });

  it('has nothing to say about no lanes', () => {
    expect(packLanes(new Float64Array(), new Float64Array(), []).subLanes).toHaveLength(0);
  });
});
