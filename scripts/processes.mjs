// Starts programs as process groups of their own, keeps their last words, and ends them with all that they started.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** How long a program may take to end by itself, in ms. */
const GRACE_MS = 8_000;
const KEPT_LINES = 15;

const running = new Map();

/**
 * @param {{ name: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, program?: string,
 *   onEnd: (end: { code: number | null, signal: string | null, lastLines: string[] }) => void }} options
 */
export function startProcess({ name, args, cwd, env, onEnd, program = process.execPath }) {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const lastLines = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lastLines.push(...lines.filter((line) => line.trim() !== '').map((line) => line.slice(0, 400)));
      lastLines.splice(0, Math.max(0, lastLines.length - KEPT_LINES));
    });
  }
  const ended = new Promise((done) => {
    child.on('error', (error) => {
      lastLines.push(error.message);
      finish(null, null);
    });
    child.on('close', finish);
    function finish(code, signal) {
      if (running.delete(child)) {
        onEnd({ code, signal, lastLines });
      }
      done();
    }
  });
  running.set(child, { name, ended });
  return child;
}

/** Asks every program to end, waits, then ends by force what is left of it and of its children. */
export async function stopAll() {
  const all = [...running];
  const family = all.flatMap(([child]) => (child.pid === undefined ? [] : [...descendants(child.pid)]));
  for (const [child] of all) {
    signalTo(child.pid, 'SIGTERM');
  }
  await Promise.race([
    Promise.all(all.map(([, { ended }]) => ended)),
    new Promise((late) => setTimeout(late, GRACE_MS).unref()),
  ]);
  for (const [child] of all) {
    signalGroup(child.pid, 'SIGKILL');
  }
  for (const { pid, startTime } of family) {
    if (startTimeOf(pid) === startTime) {
      signalTo(pid, 'SIGKILL');
    }
  }
}

/** The same without waiting: for the last moment of this process. */
stopAll.now = () => {
  for (const [child] of running) {
    signalGroup(child.pid, 'SIGKILL');
  }
};

/** How often a process looks whether those that called it still live, in ms. */
const LOOK_EVERY_MS = 500;

/**
 * Calls `orphaned` once the caller is gone. npm runs a script through a shell and hands signals to the shell alone, which ends
 * without a word to the script: whoever ends npm (a service manager) would leave everything running. Only for scripts that npm
 * has called: others may be left by their shell on purpose.
 */
export function whenOrphaned(orphaned) {
  if (process.env.npm_lifecycle_event === undefined) {
    return;
  }
  // The shell, and npm above it.
  const callers = () => `${process.ppid} ${statOf(process.ppid)?.[1] ?? ''}`;
  const before = callers();
  const looking = setInterval(() => {
    if (callers() !== before) {
      clearInterval(looking);
      orphaned();
    }
  }, LOOK_EVERY_MS).unref();
}

function signalTo(pid, signal) {
  try {
    pid === undefined || process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

function signalGroup(pid, signal) {
  signalTo(pid === undefined ? undefined : -pid, signal);
}

/** Everything below a process, also what has left its group. Linux only; elsewhere the groups must do. */
function descendants(root) {
  const children = new Map();
  for (const { pid, parent, startTime } of processTable()) {
    children.set(parent, [...(children.get(parent) ?? []), { pid, startTime }]);
  }
  const found = [];
  for (let open = [root]; open.length > 0;) {
    const below = children.get(open.pop()) ?? [];
    found.push(...below);
    open.push(...below.map(({ pid }) => pid));
  }
  return found;
}

function processTable() {
  if (process.platform !== 'linux') {
    return [];
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = statOf(Number(name));
      return stat === undefined ? [] : [{ pid: Number(name), parent: Number(stat[1]), startTime: stat[19] }];
    });
}

function startTimeOf(pid) {
  return statOf(pid)?.[19];
}

/** Fields of /proc/<pid>/stat after the program's name, which may hold blanks and brackets itself. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
