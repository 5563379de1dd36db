import { groupKeys } from '../../../frames/group-keys';
import type { LaneSummary } from '../../../frames/lane-summary';
import { readRuns } from '../../../frames/run-columns';
import { ALL_CLASSES, FAILED } from '../run-class';
import { laneRows } from './lane-rows';
import { framesOfPicture, second } from './run-picture.kit';
import { shownRows } from './shown-rows';
import { isStuck, stuckRows } from './stuck-runs';

const PICTURE = `
  mail   | rrrrrrrrrrrrrrrrrr
  mail   |                rrr
  mail   | ff
  report | rrrrrrrrrrrrrrrrrr
`;
const read = readRuns(framesOfPicture(PICTURE));
const { columns } = read.ok ? read.reading : { columns: undefined as never };
const rows = laneRows(columns, groupKeys(columns, 'task'));
const facts = (usualDurationHigh?: number) =>
  new Map([['mail', { name: 'mail', counts: [], lost: 0, missed: [], usualDurationHigh } as LaneSummary]]);

test('a run is stuck that has been running for more than three times what is usual, and for a minute', () => {
  expect([isStuck(91_000, 30_000), isStuck(89_000, 30_000), isStuck(59_000, 1), isStuck(61_000, 1)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect(isStuck(1e9, undefined)).toBe(false);
});

test('of each lane by its own measure, and only what still runs', () => {
  const now = second(70);
  expect(stuckRows(rows, facts(20_000), now)).toEqual({ rows: Uint8Array.from([1, 0, 0, 0]), count: 1 });
  // Nobody says what is usual for report; and nothing is beyond it for mail.
  expect(stuckRows(rows, facts(60_000), now)).toBeUndefined();
});

test('what is not shown is left out, so that it takes no room', () => {
  expect(shownRows(rows, undefined, ALL_CLASSES, ALL_CLASSES, undefined)).toBeUndefined();
  expect(shownRows(rows, undefined, 1 << FAILED, ALL_CLASSES, undefined)).toEqual(Uint8Array.from([0, 0, 1, 0]));
  expect(shownRows(rows, Uint8Array.from([1, 1, 0, 1]), 1 << FAILED, ALL_CLASSES, undefined)).toEqual(
    Uint8Array.from([0, 0, 0, 0])
  );
  expect(shownRows(rows, undefined, ALL_CLASSES, ALL_CLASSES, Uint8Array.from([1, 0, 0, 0]))).toEqual(
    Uint8Array.from([1, 0, 0, 0])
  );
});
