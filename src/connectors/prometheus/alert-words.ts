import type { FiringAlert } from '../../model/answer';
import type { DurationMs, EpochMs } from '../../model/units';
import type { Http } from '../connector';
import { SharedAnswer } from '../shared-answer';
import { readAlerts } from './wire';
import type { WireAlert, WireSeries } from './wire';

const ALERTS_PATH = '/api/v1/alerts';
const LASTS_MS = 30_000;
/** Words are worth no long wait. */
const PATIENCE_MS = 3_000;
/** How long one that has no such route, or is too slow, is left alone. */
const REST_MS = 5 * 60_000;

/**
 * What Prometheus says in words about the alerts that are active now: series keep only their labels. Not every system
 * with its API has the route, and a proxy may refuse it: then there are no words, and nothing else is missing.
 */
export class AlertWords {
  private readonly active: SharedAnswer<WireAlert[]>;
  private restsUntil: EpochMs = 0;

  constructor(
    private readonly http: Http,
    private readonly now: () => EpochMs = Date.now,
    private readonly patienceMs: DurationMs = PATIENCE_MS
  ) {
    this.active = new SharedAnswer((signal) => this.ask(signal), LASTS_MS, now);
  }

  /** Active alerts by name. Rejects only with the signal's reason. */
  async byName(signal: AbortSignal): Promise<ReadonlyMap<string, readonly WireAlert[]>> {
    const active = this.now() < this.restsUntil ? [] : await this.active.get(signal);
    const byName = new Map<string, WireAlert[]>();
    for (const alert of active) {
      const name = alert.labels.get('alertname') ?? '';
      byName.set(name, [...(byName.get(name) ?? []), alert]);
    }
    return byName;
  }

  private async ask(signal: AbortSignal): Promise<WireAlert[]> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const impatience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('too slow')), this.patienceMs);
    });
    try {
      const answer = this.http(ALERTS_PATH, { signal }).then((response) => readAlerts(`GET ${ALERTS_PATH}`, response));
      return await Promise.race([answer, impatience]);
    } catch (error) {
      if (signal.aborted) {
        throw error;
      }
      this.restsUntil = this.now() + REST_MS;
      return [];
    } finally {
      clearTimeout(timer);
    }
  }
}

/** An address, or a path to one of our own pages. */
function isRunbook(text: string): boolean {
  return /^https?:\/\//.test(text) || /(?:^|\/)[a-z0-9-]+\.md$/.test(text);
}

/**
 * What is said about an alert, and since when it is active: a series tells that only from the begin of the range on.
 *
 * @param labels of the series that shows the alert; it may have more, which a system of several stores adds.
 * @param cap the instant at which the alert was seen; one that became active later is another time of it.
 */
export function wordsOf(
  labels: WireSeries['labels'],
  cap: EpochMs,
  byName: ReadonlyMap<string, readonly WireAlert[]>
): Pick<FiringAlert, 'summary' | 'runbook'> & { activeAt?: EpochMs } {
  const alert = byName
    .get(labels.get('alertname') ?? '')
    ?.find((one) => one.activeAt <= cap && [...one.labels].every(([name, value]) => labels.get(name) === value));
  if (alert === undefined) {
    return {};
  }
  const summary = alert.annotations.get('summary') ?? alert.annotations.get('message');
  const runbook = alert.annotations.get('runbook_url');
  return {
    activeAt: alert.activeAt,
    ...(summary !== undefined && summary !== '' && { summary }),
    ...(runbook !== undefined && isRunbook(runbook) && { runbook }),
  };
}
