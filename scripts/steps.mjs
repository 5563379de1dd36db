// Runs named steps one after the other and adds up what they counted. Used by `npm run check`, `npm test` and .ci/run.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;

/** Runs a command with its output shown; resolves to the exit code and seconds taken. */
export function run(command, args, { env = {}, cwd = root } = {}) {
  return new Promise((resolve) => {
    const began = Date.now();
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
    const done = (code) => resolve({ code: code ?? 1, seconds: (Date.now() - began) / 1000 });
    child.on('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      done(127);
    });
    child.on('exit', done);
  });
}

/**
 * Runs every step, also after a failure, and prints what to do about each that failed.
 * A step: `{ name, fix, command, args, env?, count? }`; `count()` reads `{ passed, failed, failures? }` from a runner's
 * report, without it the step itself counts as one.
 */
export async function runSteps(title, steps) {
  const total = { passed: 0, failed: 0, failures: [] };
  const broken = [];
  for (const step of steps) {
    process.stdout.write(`\n── ${title}: ${step.name}\n`);
    const { code, seconds } = await run(step.command, step.args ?? [], { env: step.env });
    const counted = step.count?.() ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
    // A runner that died before it could report has failed, whatever its report says.
    if (code !== 0 && counted.failed === 0) {
      counted.failed = 1;
    }
    total.passed += counted.passed;
    total.failed += counted.failed;
    process.stdout.write(`── ${step.name}: ${counted.passed} passed, ${counted.failed} failed, ${seconds.toFixed(1)} s\n`);
    if (counted.failed > 0) {
      broken.push(step);
      const named = counted.failures ?? [];
      total.failures.push(...(named.length > 0 ? named : [`${title}: ${step.name}`]));
    }
  }
  for (const step of broken) {
    process.stdout.write(`\n✕ ${step.name} failed. ${step.fix}\n`);
  }
  return total;
}

/** Hands the counts and the names of what failed to .ci/run, if it is the one that asks, and ends this process. */
export function report(total) {
  if (process.env.RUNLANE_COUNTS) {
    writeFileSync(process.env.RUNLANE_COUNTS, JSON.stringify(total));
  }
  process.exit(total.failed > 0 ? 1 : 0);
}
