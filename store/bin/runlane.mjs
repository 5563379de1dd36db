#!/bin/sh
':' /*
# The shell reads this file first, down to the end of this comment, and Node reads it second. Node raises the limit of open
# files, forgets which signals are ignored or blocked, opens what is closed of stdin, stdout and stderr, and keeps further files
# from its children, all of it before any of our code runs. What a wrapped command is to inherit is noted here, before that.
# store/src/agent/inherited.ts reads it.
if [ "$1" = run ]; then
  RUNLANE_INHERITED="pid=$$ nofile=$(ulimit -S -n)"
  if [ -r /proc/$$/status ]; then
    while read -r runlane_key runlane_value && [ "$runlane_key" != SigIgn: ]; do
      [ "$runlane_key" != SigBlk: ] || runlane_blocked=$runlane_value
    done </proc/$$/status
    case $runlane_blocked$runlane_value in
      # Some shells ignore a signal themselves, so what a program sees that they start is what counts.
      *[1-9a-f]*) RUNLANE_INHERITED="$RUNLANE_INHERITED $(grep '^Sig[BI]' /proc/self/status)" ;;
    esac
    for runlane_fd in 0 1 2; do
      [ -e /proc/$$/fd/$runlane_fd ] || RUNLANE_INHERITED="$RUNLANE_INHERITED closed=$runlane_fd"
    done
    for runlane_fd in /proc/$$/fd/*; do
      if [ -e "$runlane_fd" ] && ! [ "$runlane_fd" -ef "$0" ]; then
        RUNLANE_INHERITED="$RUNLANE_INHERITED fd=${runlane_fd#/proc/$$/fd/}"
      fi
    done
    # Some shells drop variables with names that are no identifiers, so the environment is handed on as text.
    RUNLANE_ENVIRON=$(tr '\n\0' '\1\n' </proc/$$/environ)
    if [ "${#RUNLANE_ENVIRON}" -lt 30000 ]; then
      export RUNLANE_ENVIRON
    fi
  fi
  export RUNLANE_INHERITED
fi
exec node "$0" "$@"
*/
import { existsSync } from 'node:fs';

// Node opens its debugger on a port for whoever may send this signal, unless somebody else listens to it. First of all,
// and for good: without a listener the signal would open it again.
process.on('SIGUSR1', () => undefined);

// The agent's commands have a small bundle of their own: what they wrap should not wait for the store's dependencies.
const AGENT_COMMANDS = ['run', 'watch', 'flush', 'spool'];
const name = AGENT_COMMANDS.includes(process.argv[2]) ? 'agent' : 'runlane';

const { problem, main } = await load(new URL(`../dist/${name}.mjs`, import.meta.url));
if (problem === undefined) {
  await main();
} else {
  process.stderr.write(`[runlane] ${problem}\n`);
  if (process.argv[2] !== 'run') {
    process.exit(1);
  }
  // What is wrapped runs, whatever is wrong with us.
  const { runPlainly } = await import('./run-plainly.mjs');
  runPlainly(process.argv.slice(3));
}

async function load(bundle) {
  if (!existsSync(bundle)) {
    return { problem: `the store is not built: store/dist/${name}.mjs is missing. Run: npm run build:store` };
  }
  try {
    return await import(bundle.href);
  } catch (error) {
    return { problem: `store/dist/${name}.mjs cannot be loaded by Node ${process.version}: ${error}` };
  }
}
