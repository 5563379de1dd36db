import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';

/** Who works: a worker takes one job at a time, from its queue. The sum is the most that runs at once. */
export const WORKERS = {
  mail: ['mail-1', 'mail-2'],
  media: ['media-1'],
  data: ['data-1'],
  orders: ['orders-1'],
  ops: ['ops-1'],
};

const SOURCE = 'demo';
const PROGRAMS = new URL('programs/', import.meta.url).pathname;
/** A queue that is this long takes no more: the machine is too slow for the rate. */
const LONGEST_QUEUE = 20;

/**
 * Queues with a limited number of workers. A job is announced to the store when it comes (created, queued); when a
 * worker is free it runs under `runlane run --run-id`, in a process group of its own so that it can be ended whole.
 */
export function createDispatcher({ cli, store, spool, client, tell }) {
  const queues = Object.fromEntries(Object.keys(WORKERS).map((name) => [name, []]));
  const idle = Object.fromEntries(Object.entries(WORKERS).map(([name, workers]) => [name, [...workers]]));
  const running = new Map();
  /** Process groups that may still have members. */
  const groups = new Set();
  let closing = false;
  let skipped = 0;

  function submit(job) {
    if (closing) {
      return false;
    }
    if (queues[job.queue].length >= LONGEST_QUEUE) {
      skipped++;
      return false;
    }
    const now = Date.now();
    const entry = { job, runId: randomUUID() };
    const facts = {
      source: SOURCE,
      runId: entry.runId,
      attempt: 1,
      task: job.task,
      kind: 'process',
      queue: job.queue,
      labels: job.labels,
      createdAt: now,
      ...(job.retries > 0 && { maxAttempts: job.retries + 1 }),
    };
    client.put({ ...facts, at: now, state: 'pending', substate: 'created' });
    client.put({ ...facts, at: now, queuedAt: now, state: 'pending', substate: 'queued' });
    queues[job.queue].push(entry);
    work(job.queue);
    return true;
  }

  function work(queue) {
    while (!closing && idle[queue].length > 0 && queues[queue].length > 0) {
      start(queues[queue].shift(), idle[queue].shift());
    }
  }

  function start({ job, runId }, worker) {
    const flags = ['--run-id', runId, '--task', job.task, '--queue', job.queue, '--worker', worker, '--source', SOURCE];
    for (const [name, value] of Object.entries(job.labels)) {
      flags.push('--label', `${name}=${value}`);
    }
    for (const [name, value] of [
      ['--retries', job.retries],
      ['--backoff', job.backoff],
      ['--timeout', job.timeout],
    ]) {
      if (value !== undefined) {
        flags.push(name, String(value));
      }
    }
    const child = spawn(
      process.execPath,
      [cli, 'run', ...flags, '--no-flusher', '--quiet', '--', ...absolute(job.command)],
      {
        detached: true,
        stdio: 'ignore',
        cwd: PROGRAMS,
        env: {
          ...process.env,
          RUNLANE_STORE: store,
          RUNLANE_SPOOL: spool,
          RUNLANE_SOURCE: SOURCE,
          // For the runs that this one starts itself.
          RUNLANE_WORKER: worker,
          RUNLANE_LABELS: Object.entries(job.labels)
            .map((pair) => pair.join('='))
            .join(','),
          RUNLANE_CLI: cli,
        },
      }
    );
    const timers = [];
    if (job.then?.what === 'cancel') {
      timers.push(setTimeout(() => kill(child.pid, 'SIGTERM'), job.then.afterMs));
    } else if (job.then?.what === 'lose') {
      timers.push(setTimeout(() => kill(child.pid, 'SIGKILL'), job.then.afterMs));
    }
    const entry = { pid: child.pid, job };
    running.set(runId, entry);
    groups.add(child.pid);
    let left = false;
    const leave = () => {
      if (left) {
        return;
      }
      left = true;
      timers.forEach(clearTimeout);
      // What the agent left behind, as after its own violent end, goes with its group.
      killGroup(child.pid, 'SIGKILL');
      running.delete(runId);
      if (!hasMembers(child.pid)) {
        groups.delete(child.pid);
      }
      idle[job.queue].push(worker);
      work(job.queue);
    };
    child.on('exit', leave);
    child.on('error', (error) => {
      tell(`cannot start ${job.task}: ${error.message}`);
      leave();
    });
  }

  return {
    submit,
    running: () => running.size,
    waiting: () => Object.values(queues).reduce((sum, queue) => sum + queue.length, 0),
    skipped: () => skipped,
    /** Ends everything: politely, so that the agents can tell it, then not. Resolves when nothing is left. */
    async close(patienceMs = 6000) {
      closing = true;
      const now = Date.now();
      for (const { job, runId } of Object.values(queues).flat()) {
        client.put({
          source: SOURCE,
          runId,
          attempt: 1,
          task: job.task,
          queue: job.queue,
          at: now,
          finishedAt: now,
          state: 'cancelled',
          substate: 'removed',
          evidence: 'the demo was ended while the job waited',
        });
      }
      for (const { pid } of running.values()) {
        kill(pid, 'SIGTERM');
      }
      const giveUpAt = Date.now() + patienceMs;
      while (running.size > 0 && Date.now() < giveUpAt) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      for (const { pid } of running.values()) {
        killGroup(pid, 'SIGKILL');
      }
      // On a busy machine what is killed takes a while to be gone.
      const lookUntil = Date.now() + patienceMs;
      while ([...groups].some(hasMembers) && Date.now() < lookUntil) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    /** For the moment in which nothing can be waited for any more. */
    killAll() {
      for (const { pid } of running.values()) {
        killGroup(pid, 'SIGKILL');
      }
    },
  };
}

function absolute(command) {
  return command.map((word) => (word === 'node' ? process.execPath : word));
}

function killGroup(pid, signal) {
  if (pid !== undefined) {
    kill(-pid, signal);
  }
}

function hasMembers(pid) {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

function kill(pid, signal) {
  try {
    process.kill(pid, constants.signals[signal]);
  } catch {
    // It is gone already.
  }
}
