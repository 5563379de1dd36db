import { ShapeError } from '../../model/read-shape';
import { placesOf, wholeOf, without } from '../../model/schema.kit';
import type { View } from '../../model/task-query';
import { readDetail, readRun } from './wire-runs';
import { readAssets, readParts } from './wire-now';
import { readSources } from './wire-sources';
import { readAnswer } from './wire-views';

const VIEWS = {
  RunsAnswer: 'runs',
  TimelineAnswer: 'timeline',
  StatesAnswer: 'states',
  ThroughputAnswer: 'throughput',
  DurationsAnswer: 'durations',
  HealthAnswer: 'health',
  FailuresAnswer: 'failures',
  WorkersAnswer: 'workers',
  QueuesAnswer: 'queues',
  ResourcesAnswer: 'resources',
  TransitionsAnswer: 'transitions',
  RunAnswer: 'run',
} satisfies Record<string, View>;

/** By type of the model: how it is read from what a store sends. */
const READERS: ReadonlyArray<[type: string, read: (value: unknown) => unknown]> = [
  ['TaskRun', (value) => readRun(value, 'run')],
  ['RunDetail', (value) => readDetail(value, 'detail')],
  ['AssetsNow', (value) => readAssets(value, 'assets')],
  ['PartsNow', (value) => readParts(value, 'parts')],
  ['SourceStatus', (value) => readSources({ sources: [value] }, 'answer').sources[0]],
  ['DiscoveryStatus', (value) => readSources({ sources: [], discoveries: [value] }, 'answer').discoveries[0]],
  ...Object.entries(VIEWS).map(
    ([type, view]) => [type, (value: unknown) => readAnswer(view, value, view)] as [string, (value: unknown) => unknown]
  ),
];

/** Runs are read one by one: one that cannot be read is left out and counted, the answer stands. */
const isInPage = (type: string, where: string) => type !== 'TransitionsAnswer' && /(^|\.)runs\.0\./.test(where);
/** The question says which view it is; a store that leaves nothing out need not say so. */
const FILLED_IN = /^view$|(^|\.)skipped$/;

function madeOf(type: string): object {
  const whole = wholeOf<{ strips?: Array<{ run: number }> }>(type);
  // Strips name a run by its place in the page.
  whole.strips?.forEach((strip) => (strip.run = 0));
  return whole;
}

describe.each(READERS)('%s', (type, read) => {
  const whole = madeOf(type);

  test('nothing that the type names is lost on the way', () => {
    expect(read(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
  });

  test('what may be absent may be absent; what may not is missed, by its name', () => {
    const taken = placesOf(type).flatMap(({ place, isOptional }) => {
      const where = place.join('.');
      const less = without(whole, place);
      if (isOptional) {
        // Strips are of the runs of the page.
        expect([where, read(less)]).toEqual([where, where === 'page' ? without(less, ['strips']) : less]);
      } else if (isInPage(type, where)) {
        expect([where, JSON.stringify(read(less))]).toEqual([where, expect.stringContaining('"runs":[]')]);
      } else if (isRead(() => read(less))) {
        return where;
      }
      return [];
    });
    expect(taken.filter((where) => !FILLED_IN.test(where))).toEqual([]);
  });
});

/** @throws what is no fault of the answer */
function isRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof ShapeError) {
      return false;
    }
    throw error;
  }
}
