import type { LifecycleState } from '../model/lifecycle';
import { isLifecycleState, LIFECYCLE_STATES, stateOfSubstate } from '../model/lifecycle';

/** What a state word of a foreign frame means. */
export interface WordMeaning {
  /** Index into `LIFECYCLE_STATES`. */
  state: number;
  lost: 0 | 1;
  /** 1 for an attempt that another one followed. */
  retried?: 1;
}

/**
 * Words that job systems, tracing tools and people use, apart from the model's own. Connectors translate exactly, each
 * with its own table; this one is the guess for frames of other data sources. What is not here is `unknown`.
 */
const WORDS: ReadonlyArray<readonly [LifecycleState, RegExp]> = [
  ['cancelled', /^(cancell?ed|revoked|aborted|stopped|terminated|removed|skipped_by_user)$/],
  [
    'failed',
    /^(fail(ed|ure|ing)?|err(or|ored)?|crash(ed|loopbackoff)?|fatal|exception|dead|broken|critical|down|unhealthy|nok|timed?[ _-]?out|oom(killed)?|killed|status_code_error)$/,
  ],
  [
    'completed',
    /^(complete[d]?|succe(ss|ss?ful|eded)|ok|okay|done|finished|passed|exited|up|healthy|skipped|true|status_code_ok|status_code_unset|unset)$/,
  ],
  [
    'running',
    /^(running|run|active|started|start|executing|in[ _-]?progress|processing|busy|online|working|activating)$/,
  ],
  [
    'pending',
    /^(pending|queued|waiting|wait|scheduled|received|created|submitted|retry(ing)?|deferred|none|delayed|idle)$/,
  ],
];

const LOST: WordMeaning = { state: LIFECYCLE_STATES.indexOf('failed'), lost: 1 };

const RETRIED: WordMeaning = { state: LIFECYCLE_STATES.indexOf('failed'), lost: 0, retried: 1 };

/** The meaning of a word, case and surrounding space aside. Words that nobody knows are `unknown`, never guessed further. */
export function meaningOfWord(word: string): WordMeaning {
  const key = word.trim().toLowerCase();
  if (key === 'lost' || key === 'stalled' || key === 'orphaned') {
    return LOST;
  }
  if (key === 'retried') {
    return RETRIED;
  }
  if (isLifecycleState(key)) {
    return { state: LIFECYCLE_STATES.indexOf(key), lost: 0 };
  }
  const ofSubstate = stateOfSubstate(key);
  const state = ofSubstate ?? WORDS.find(([, pattern]) => pattern.test(key))?.[0] ?? 'unknown';
  return { state: LIFECYCLE_STATES.indexOf(state), lost: 0 };
}
