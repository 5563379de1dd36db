import fc from 'fast-check';
import { decodeHealthSpec, HealthSpecError } from './decode-spec';
import { DEFAULT_HEALTH_SPEC, specFor } from './spec';

function problemsOf(value: unknown): string {
  try {
    decodeHealthSpec(value);
  } catch (error) {
    if (error instanceof HealthSpecError) {
      return error.problems.join('\n');
    }
    throw error;
  }
  return '';
}

describe('decodeHealthSpec', () => {
  it('gives the defaults for nothing', () => {
    expect(decodeHealthSpec(undefined)).toEqual(DEFAULT_HEALTH_SPEC);
    expect(decodeHealthSpec({})).toEqual(DEFAULT_HEALTH_SPEC);
  });

  it('accepts its own default as users would write it', () => {
    expect(decodeHealthSpec(JSON.parse(JSON.stringify(DEFAULT_HEALTH_SPEC)))).toEqual(DEFAULT_HEALTH_SPEC);
  });

  it('merges what is set with what is not', () => {
    const spec = decodeHealthSpec({ minimums: { endedRuns: 10 }, checks: { wait: { allowedMs: 5000 } } });
    expect(spec.minimums).toEqual({ ...DEFAULT_HEALTH_SPEC.minimums, endedRuns: 10 });
    expect(spec.checks.wait).toEqual({ ...DEFAULT_HEALTH_SPEC.checks.wait, allowedMs: 5000 });
    expect(spec.checks.failures).toEqual(DEFAULT_HEALTH_SPEC.checks.failures);
  });

  it('lets later overrides win, and leaves other groups alone', () => {
    const spec = decodeHealthSpec({
      overrides: [
        { match: 'report.*', checks: { failures: { weight: 10 } }, minimums: { endedRuns: 1 } },
        { match: 'report\\.nightly', checks: { failures: { weight: 20 } } },
      ],
    });
    expect(specFor(spec, 'report.nightly').checks.failures.weight).toBe(20);
    expect(specFor(spec, 'report.nightly').minimums.endedRuns).toBe(1);
    expect(specFor(spec, 'report.weekly').checks.failures.weight).toBe(10);
    expect(specFor(spec, 'a report').checks.failures.weight).toBe(80);
  });

  it('names every wrong entry at once: where, what was found, what is expected', () => {
    const problems = problemsOf({
      cheks: {},
      checks: { failures: { weight: '80', allowed: 0.6 }, wait: 3 },
      minimums: { endedRuns: 0 },
      overrides: [{ match: '(' }, { match: '' }],
      expected: [
        { task: 't', cron: 'often', graceMs: 1 },
        { task: 't', graceMs: 5 },
        { task: 't', everyMs: 60_000 },
        { task: 't', everyMs: 60_000, graceMs: 1, deadlineMs: 0 },
      ],
      historyWindowMs: -1,
    });
    for (const part of [
      'the spec does not know "cheks"',
      'checks.failures.weight must be a number from 0 to 100: "80" was found',
      'checks.failures: full deduction at 0.5 must be more than the allowed 0.6',
      'checks.wait must be a set of names and values: 3 was found',
      'minimums.endedRuns must be a number from 1',
      'overrides[0].match is not a regular expression: "("',
      'overrides[1].match must be a text',
      'expected[0].cron cannot be used: "often"',
      'expected[1] needs either cron or everyMs: none was found',
      'expected[2].graceMs is missing',
      'expected[3].deadlineMs must be a number from 1000',
      'historyWindowMs must be a number from 1000',
    ]) {
      expect(problems).toContain(part);
    }
  });

  it('tells a wrong zone from a wrong cron, and refuses a cron that never comes', () => {
    const problem = (more: object): string =>
      problemsOf({ expected: [{ task: 't', cron: '0 2 * * *', graceMs: 1, ...more }] }).replace(
        /^\[health spec\] /,
        ''
      );
    for (const timezone of ['Mars/Olympus', 'CEST', 'Local', 'UTC+2']) {
      expect(problem({ timezone })).toBe(
        `expected[0].timezone is not known: "${timezone}". Write an IANA name, such as "Europe/Berlin", or "UTC".`
      );
    }
    expect(problem({ cron: '0 0 30 2 *' })).toBe(
      'expected[0].cron never comes: "0 0 30 2 *". Write days that there are.'
    );
    expect(problem({ cron: '0 0 29 2 *', timezone: 'asia/tokyo' })).toBe('');
    expect(problem({ skippedTime: 'sometimes' })).toContain('skippedTime must be one of unjudged, at-change, shifted');
    expect(problem({ phaseMs: 1 })).toContain('expected[0].phaseMs goes with everyMs');
  });

  it('reads when an interval is counted from', () => {
    const read = (more: object) =>
      decodeHealthSpec({ expected: [{ task: 't', everyMs: 60_000, graceMs: 1, ...more }] }).expected[0]?.phaseMs;
    expect([{}, { from: 'last-run' }, { from: 'clock' }, { phaseMs: 37 }].map(read)).toEqual([
      undefined,
      undefined,
      0,
      37,
    ]);
  });

  it('never fails in any other way, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom('', 'checks', 'minimums', 'overrides', 'expected'), (value, at) => {
        problemsOf(at === '' ? value : { [at]: value });
        problemsOf({ overrides: [value], expected: [value], checks: { failures: value } });
      }),
      { numRuns: 1000 }
    );
  });
});
