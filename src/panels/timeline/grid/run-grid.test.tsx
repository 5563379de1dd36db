import React from 'react';
import { fireEvent, render, screen, within } from '@testing-library/react';
import { createTheme } from '@grafana/data';
import { groupKeys } from '../../../frames/group-keys';
import { readRuns } from '../../../frames/run-columns';
import { paletteOf } from '../draw/palette';
import { laneRows } from '../lanes/lane-rows';
import { framesOfPicture, second } from '../lanes/run-picture.kit';
import type { Lanes } from '../lanes/use-lanes';
import { ALL_CLASSES, FAILED } from '../run-class';
import { newestRuns } from './newest-runs';
import { RunGrid } from './run-grid';

const read = readRuns(
  framesOfPicture(`
  mail   | cc
  mail   |    ff      #1 a
  mail   |       cc   #2 a
  mail   |          rr
  report | ffff
`)
);
const { columns } = read.ok ? read.reading : { columns: undefined as never };
columns.retried[1] = 1;
const rows = laneRows(columns, groupKeys(columns, 'task'));

test('the newest runs of a lane, the newest last; an attempt that was tried again is none', () => {
  expect(newestRuns(rows, 0, 30, ALL_CLASSES)).toEqual([0, 2, 3]);
  expect(newestRuns(rows, 0, 2, ALL_CLASSES)).toEqual([2, 3]);
  expect(newestRuns(rows, 1, 30, 1 << FAILED)).toEqual([4]);
});

function show(onPin = jest.fn()) {
  const lanes = { rows, order: [1, 0] } as unknown as Lanes;
  render(
    <RunGrid
      lanes={lanes}
      facts={new Map([['mail', { name: 'mail', counts: [], lost: 0, missed: [], health: 72 }]])}
      laneBy="task"
      visible={ALL_CLASSES}
      palette={paletteOf(createTheme(), undefined)}
      timeZone="utc"
      now={second(20)}
      pinned={undefined}
      onPin={onPin}
    />
  );
  return onPin;
}

test('each run is a square that says what it was, and opens its details', () => {
  const onPin = show();
  const [report, mail] = screen.getAllByRole('row');
  expect(within(report!).getAllByRole('button')).toHaveLength(1);
  expect(mail).toHaveTextContent('health 72');
  const squares = within(mail!).getAllByRole('button');
  expect(squares[0]).toHaveAccessibleName(/^mail, completed, /);
  fireEvent.click(squares[1]!, { clientX: 5, clientY: 7 });
  expect(onPin).toHaveBeenCalledWith({ lane: 0, row: 2 }, 5, 7);
});

test('arrow keys go from run to run, and between lanes as they are aligned: at their newest', () => {
  Element.prototype.scrollIntoView = jest.fn();
  show();
  const [first, , , newest] = screen.getAllByRole('button');
  first!.focus();
  fireEvent.keyDown(first!, { key: 'ArrowDown' });
  expect(newest).toHaveFocus();
  fireEvent.keyDown(newest!, { key: 'ArrowLeft' });
  expect(screen.getAllByRole('button')[2]).toHaveFocus();
  fireEvent.keyDown(document.activeElement!, { key: 'ArrowUp' });
  expect(first).toHaveFocus();
});
