import { isSubstate, stateOfSubstate } from '../model/lifecycle';
import type { Profile, Series } from './profile';
import { PROFILES } from './profiles';
import { listSeries } from './select-series';

function allSeries({ counters, gauges, histograms, timestamps, ...one }: Profile): Series[] {
  const facts = [counters, gauges, histograms, timestamps].flatMap((some) => Object.values(some));
  const { runs, states, health } = one;
  const single = [one.workers, one.cpuSeconds, one.cpuCores, one.rssBytes, health?.score, health?.deduction];
  const ofRuns = [runs?.created, runs?.started, runs?.finished, runs?.failed, runs?.reason, one.owner, one.signsOfLife];
  return [...facts, ...single, ...ofRuns, states].flatMap((series) => listSeries(series));
}

test('every profile has an id and a name of its own', () => {
  expect(new Set(PROFILES.map(({ id }) => id)).size).toBe(PROFILES.length);
  expect(new Set(PROFILES.map(({ name }) => name)).size).toBe(PROFILES.length);
});

describe.each(PROFILES.map((profile) => [profile.id, profile] as const))('%s', (id, profile) => {
  test('is named as files are, and found by metrics that PromQL can name', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(profile.detect.length).toBeGreaterThan(0);
    const names = [...profile.detect, ...allSeries(profile).flatMap(({ metric, minus }) => [metric, minus ?? metric])];
    expect(names.filter((name) => !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name))).toEqual([]);
  });

  test('has data only: no PromQL, matchers that are regular expressions, labels that can be named', () => {
    const series = allSeries(profile);
    expect(series.length).toBeGreaterThan(0);
    expect(series.filter(({ expr }) => expr !== undefined)).toEqual([]);
    for (const pattern of series.flatMap(({ match }) => Object.values(match ?? {}))) {
      expect(() => new RegExp(pattern)).not.toThrow();
    }
    const labels = [profile.labels, ...series.flatMap((one) => one.labels ?? [])].flatMap((one) => Object.values(one));
    const matched = series.flatMap(({ match }) => Object.keys(match ?? {}));
    expect([...labels, ...matched].filter((label) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(String(label)))).toEqual([]);
  });

  test('tells states in the words of the model', () => {
    for (const { states } of profile.states ?? []) {
      for (const meaning of Object.values(states)) {
        if (meaning !== 'idle' && meaning.substate !== undefined) {
          expect(isSubstate(meaning.substate)).toBe(true);
          expect(stateOfSubstate(meaning.substate)).toBe(meaning.state);
        }
      }
    }
  });
});
