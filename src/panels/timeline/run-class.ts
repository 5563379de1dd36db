import { LIFECYCLE_STATES } from '../../model/lifecycle';

/**
 * What decides a bar's looks: its state, with lost runs and attempts that were tried again apart. In the order of `TROUBLE`: the larger, the sooner it must
 * be seen, so a class is also the number of its bit in a pixel's mask.
 */
export const RUN_CLASSES = [
  'completed',
  'cancelled',
  'pending',
  'running',
  'retried',
  'unknown',
  'lost',
  'failed',
] as const;
export type RunClass = (typeof RUN_CLASSES)[number];

/** The order of a life, in which the legend lists them. */
export const LEGEND_ORDER: readonly RunClass[] = [
  'pending',
  'running',
  'completed',
  'failed',
  'retried',
  'cancelled',
  'lost',
  'unknown',
];

export const CANCELLED = RUN_CLASSES.indexOf('cancelled');
export const PENDING = RUN_CLASSES.indexOf('pending');
export const RUNNING = RUN_CLASSES.indexOf('running');
export const UNKNOWN = RUN_CLASSES.indexOf('unknown');
export const RETRIED = RUN_CLASSES.indexOf('retried');
export const LOST = RUN_CLASSES.indexOf('lost');
export const FAILED = RUN_CLASSES.indexOf('failed');

/** A bit per class: everything is shown. */
export const ALL_CLASSES = (1 << RUN_CLASSES.length) - 1;
/** The classes that need a person. */
export const TROUBLE_CLASSES = (1 << LOST) | (1 << FAILED) | (1 << UNKNOWN);

const CLASS_OF_STATE = Uint8Array.from(LIFECYCLE_STATES, (state) => RUN_CLASSES.indexOf(state));

/** The class of each row, from its state (index into `LIFECYCLE_STATES`), and whether it was lost or tried again. */
export function classesOf(state: Uint8Array, lost: Uint8Array, retried: Uint8Array): Uint8Array {
  const classes = new Uint8Array(state.length);
  for (let row = 0; row < state.length; row++) {
    classes[row] = retried[row] ? RETRIED : lost[row] ? LOST : CLASS_OF_STATE[state[row]!]!;
  }
  return classes;
}
