// What test runners reported: counts, and each failure by name with its first lines, so that the end of a long log says
// what failed.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** Lines of a failure's message that are told again at the end. */
const LINES_TOLD = 12;

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function failure(name, message = '') {
  const lines = stripVTControlCharacters(message).split('\n');
  return [name, ...lines.slice(0, LINES_TOLD).map((line) => `    ${line}`)].join('\n').trimEnd();
}

/**
 * Jest's `--json` report; a file that did not even load counts as one failure.
 * @returns `{ passed, failed, failures }`, undefined where there is no report
 */
export function readJest(file) {
  const report = read(file);
  if (report === undefined) {
    return undefined;
  }
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((result) => result.status === 'failed');
    if (failed.length === 0 && status === 'failed') {
      return [failure(name, message)];
    }
    return failed.map((result) => failure(`${name} › ${result.fullName}`, result.failureMessages[0]));
  });
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    failures,
  };
}

/** Playwright's `json` report, in the same shape. */
export function readPlaywright(file) {
  const report = read(file);
  if (report === undefined) {
    return undefined;
  }
  const failures = report.errors.map(({ message }) => failure('playwright', message));
  const visit = (suite) => {
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests.filter(({ status }) => status === 'unexpected')) {
        const error = test.results.flatMap(({ errors }) => errors)[0];
        failures.push(failure(`${spec.file}:${spec.line} › ${spec.title}`, error?.message));
      }
    }
    suite.suites?.forEach(visit);
  };
  report.suites.forEach(visit);
  return {
    passed: report.stats.expected + report.stats.flaky,
    failed: report.stats.unexpected + report.errors.length,
    failures,
  };
}
