import { createRandom } from './random.mjs';
import { SCHEDULED, TASKS, TROUBLES } from './tasks.mjs';

/** How many of the jobs meet with trouble, once each kind has been shown. */
const TROUBLE_SHARE = 0.14;

/**
 * The jobs of the demo, without end: the same seed gives the same ones in the same order. Each kind of trouble comes
 * once within the first jobs, the slow to show first.
 *
 * @returns {Generator<{number: number, task: string, queue: string, labels: Record<string, string>, trouble?: string, command: string[]}>}
 */
export function* jobs(seed) {
  const random = createRandom(seed);
  const first = [
    'lost agent',
    'hang',
    'cancelled',
    ...shuffle(
      Object.keys(TROUBLES).filter((name) => !SLOW.has(name)),
      random
    ),
  ];
  for (let number = 1; ; number++) {
    // Every third of the first jobs is an ordinary one, so that the beginning does not look like a catastrophe.
    const trouble =
      number % 3 !== 0 && first.length > 0
        ? first.shift()
        : random() < TROUBLE_SHARE
          ? draw(TROUBLES, random)
          : undefined;
    const task = trouble === undefined ? draw(TASKS, random) : TROUBLES[trouble].task;
    const kind = trouble === undefined ? TASKS[task] : TROUBLES[trouble];
    const { queue, labels } = { ...TASKS[task], ...kind };
    yield { number, task, queue, labels, ...(trouble && { trouble }), ...kind.plan(random) };
  }
}

const SLOW = new Set(['lost agent', 'hang', 'cancelled']);

/** The times (in ms after the start) at which the scheduled task comes; some are left out. */
export function* schedule(seed) {
  const random = createRandom(seed ^ 0x5eed);
  for (let number = 0; ; number++) {
    // Not the first ones: a rhythm has to be there before it can be missed.
    const missed = number > 3 && random() < SCHEDULED.missed;
    yield { atMs: 5000 + number * SCHEDULED.everyMs, missed, ...SCHEDULED.plan(random) };
  }
}

function draw(table, random) {
  const entries = Object.entries(table);
  let point = random() * entries.reduce((sum, [, { weight }]) => sum + weight, 0);
  for (const [name, { weight }] of entries) {
    point -= weight;
    if (point < 0) {
      return name;
    }
  }
  return entries[0][0];
}

function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}
