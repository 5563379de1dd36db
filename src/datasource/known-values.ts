import type { DurationMs } from '../model/units';
import { SharedAnswers } from './shared-answers';

/** How long new values are waited for where some are known. */
const PATIENCE_MS: DurationMs = 2000;

/**
 * What must be known before a panel can ask: what the variables of a dashboard offer, which sources are of a system. At each refresh Grafana asks for these first and holds all panels back until
 * they are there: so the values of before do where new ones do not come soon, else a silent source would stop the panels
 * from even asking, and from saying that it is silent.
 */
export class KnownValues<T = string[]> {
  private readonly shared = new SharedAnswers<T>();

  /** @param key says what is asked, the same from one refresh to the next. */
  get(key: string, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { told } = this.shared.standing(key);
    if (told === undefined) {
      return this.shared.get(key, signal, ask);
    }
    // Left to its own end: the next refresh goes by whether it still waits or has failed.
    const asked = this.shared.get(key, new AbortController().signal, ask);
    const { waitingSince = Date.now(), failure } = this.shared.standing(key);
    const wait = failure === undefined ? Math.max(0, waitingSince + PATIENCE_MS - Date.now()) : 0;
    return new Promise((resolve) => {
      const patience = setTimeout(() => resolve(told), wait);
      asked
        .catch(() => told)
        .then((values) => {
          clearTimeout(patience);
          resolve(values);
        });
    });
  }
}
