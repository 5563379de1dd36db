import { getDisplayProcessor, createTheme } from '@grafana/data';
import type { AssetsAnswer } from '../model/answer';
import { assetsFrames } from './asset-frames';
import { ENGLISH } from './frame-context';
import type { FrameContext } from './frame-context';

const now = 1_750_000_000_000;
const context: FrameContext = { range: { from: now - 3_600_000, to: now }, now, shade: 'dark', words: ENGLISH };
const answer: AssetsAnswer = {
  view: 'assets',
  skipped: 0,
  assetsOmitted: 3,
  assets: [
    {
      source: 'dagster',
      name: 'sales/orders',
      group: 'sales',
      madeAt: now - 90_000,
      runId: '1f',
      freshness: 'overdue',
      checksPassed: 1,
      checksFailed: 2,
      upstream: ['raw/orders', 'raw/shops'],
    },
    { source: 'dagster', name: 'revenue', checksPassed: 0, checksFailed: 0, upstream: [] },
  ],
};
const [frame] = assetsFrames(answer, context);
const valuesOf = (name: string) => [...(frame?.fields.find((field) => field.name === name)?.values ?? [])];

test('an asset is a row with its age; what is not reported is an empty cell, never a zero', () => {
  expect(valuesOf('asset')).toEqual(['sales/orders', 'revenue']);
  expect(valuesOf('age')).toEqual([90_000, null]);
  expect(valuesOf('madeAt')).toEqual([now - 90_000, null]);
  expect(valuesOf('upstream')).toEqual(['raw/orders, raw/shops', null]);
  expect(valuesOf('checksFailed')).toEqual([2, 0]);
});

test('freshness is a word in its colour', () => {
  const field = frame?.fields.find(({ name }) => name === 'freshness');
  const display = getDisplayProcessor({ field: field ?? {}, theme: createTheme() });
  expect(display('overdue')).toMatchObject({ text: 'overdue', color: '#f2495c' });
  expect(display('unknown').text).toBe('not judged yet');
  expect(valuesOf('freshness')).toEqual(['overdue', null]);
});

test('what is left out is said', () => {
  expect(frame?.meta?.notices).toEqual([{ severity: 'info', text: ENGLISH.omitted(3) }]);
});
