import { ConnectorError } from '../../../../src/model/connector-error';
import type { Lack } from '../../../../src/model/source-status';
import type { DurationMs, EpochMs } from '../../../../src/model/units';
import type { EventFeed, FeedEvent, Hearing } from '../collected-system';
import type { Broker, OpenBroker } from './broker';
import { lacksOf } from './lacks';
import { isChordError } from './result';
import type { CeleryResult } from './result';
import type { Results } from './results';
import { CELERY } from './settings';
import { Translator } from './translator';

const WAIT_MS: DurationMs = 1_000;
const ALIVE_EVERY_MS: DurationMs = 10_000;
/** Events are sent in batches, results at once: who has one waits for the other for so long. */
const RESULT_WAITS_MS: DurationMs = 5_000;
const ASK_EVERY_MS: DurationMs = 60_000;
/** Tasks whose results are asked for at once; the others have their turn later. */
const MOST_ASKED = 5_000;
const NOTHING_AFTER_MS: DurationMs = 30_000;

export interface CeleryPorts {
  open: OpenBroker;
  results?: Results;
  /** What the broker keeps for this store gets a name of its own. */
  newPlace(): string;
  now(): EpochMs;
}

/** Celery's events, as a broker brings them. What ends untold is asked for at the result backend, where there is one. */
export class CeleryFeed implements EventFeed {
  readonly id = CELERY;
  readonly reports = {
    attempts: true,
    queues: true,
    workers: true,
    resources: false,
    waits: true,
    exits: true,
    errors: true,
    parents: true,
    traces: false,
    pending: true,
    running: true,
  };
  private readonly translator = new Translator();
  private isRecalled = false;
  private counts = { sent: 0, received: 0, events: 0 };
  private since: EpochMs = 0;
  private readonly waiting = new Map<string, { result: CeleryResult; dueAt: EpochMs }>();
  private askAt: EpochMs = -Infinity;
  private asked = 0;

  constructor(private readonly ports: CeleryPorts) {}

  async lacks(): Promise<Lack[]> {
    const { workers } = this.translator;
    return lacksOf({
      ...this.counts,
      workers: workers.count,
      silentAboutTasks: workers.silentAboutTasks(),
      sinceMs: this.ports.now() - this.since,
    });
  }

  async listen(hearing: Hearing, signal: AbortSignal): Promise<void> {
    const { ports, translator } = this;
    const place = hearing.place ?? ports.newPlace();
    await this.recall(hearing);
    let broker: Broker | undefined;
    try {
      // The name is kept before anything is kept under it.
      await hearing.keep([], place);
      broker = await ports.open(place, signal, (why) => {
        hearing.notice(why);
        hearing.alive();
      });
      this.since = ports.now();
      this.askAt = -Infinity;
      await this.keepSome(translator.listenAgain(), hearing, place);
      await this.hearOut(broker, hearing, place, signal);
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
    } finally {
      await broker?.close();
      await this.keepSome(translator.mute(ports.now()), hearing, place);
    }
  }

  private async keepSome(events: readonly FeedEvent[], hearing: Hearing, place: string): Promise<void> {
    if (events.length > 0) {
      await hearing.keep(events, place);
    }
  }

  private async hearOut(broker: Broker, hearing: Hearing, place: string, signal: AbortSignal): Promise<void> {
    const { ports } = this;
    let aliveAt = ports.now();
    while (!signal.aborted) {
      const events = this.translate(await broker.next(WAIT_MS), hearing);
      events.push(...(await this.fromResults(hearing)));
      if (events.length > 0) {
        await hearing.keep(events, place);
        aliveAt = ports.now();
      }
      broker.done();
      const dropped = broker.dropped();
      if (dropped > 0) {
        hearing.skip(dropped);
        hearing.notice('More events came than could be kept, and some were dropped.');
      }
      if (ports.now() - aliveAt >= ALIVE_EVERY_MS) {
        this.sayNothing(hearing);
        hearing.alive();
        aliveAt = ports.now();
      }
    }
  }

  private translate(heard: Awaited<ReturnType<Broker['next']>>, hearing: Hearing): FeedEvent[] {
    const told: FeedEvent[] = [];
    for (const { events, skipped, why } of heard) {
      for (const event of events) {
        this.counts.events++;
        this.counts.sent += Number(event.type === 'task-sent');
        this.counts.received += Number(event.type === 'task-received');
        told.push(...this.translator.take(event));
      }
      if (skipped > 0) {
        hearing.skip(skipped);
        hearing.notice(`A message was not read: ${why}.`);
      }
    }
    return told;
  }

  /** Results that no event has told of when their time is up. */
  private async fromResults(hearing: Hearing): Promise<FeedEvent[]> {
    const { results, now } = this.ports;
    if (results === undefined) {
      return [];
    }
    const { results: heard, skipped, trouble, isNew } = await results.heard(now());
    if (trouble !== undefined) {
      hearing.notice(trouble);
    }
    hearing.skip(skipped);
    heard.forEach((result) => this.await(result));
    if (isNew === true || now() >= this.askAt) {
      this.askAt = now() + ASK_EVERY_MS;
      const open = this.translator.tries.openUuids();
      this.asked = this.asked >= open.length ? 0 : this.asked;
      const turn = open.slice(this.asked, this.asked + MOST_ASKED);
      this.asked += MOST_ASKED;
      (await results.ask(turn)).forEach((result) => this.await(result));
    }
    const events: FeedEvent[] = [];
    for (const [uuid, { result, dueAt }] of this.waiting) {
      if (dueAt > now()) {
        break;
      }
      this.waiting.delete(uuid);
      events.push(...this.takeResult(result));
    }
    return events;
  }

  private await(result: CeleryResult): void {
    if (!this.waiting.has(result.uuid)) {
      this.waiting.set(result.uuid, { result, dueAt: this.ports.now() + RESULT_WAITS_MS });
    }
  }

  /** Other applications may keep their results in the same place: theirs are not ours. */
  private takeResult(result: CeleryResult): FeedEvent[] {
    const { tries } = this.translator;
    const last = tries.latest(result.uuid);
    const isOurs =
      last === undefined
        ? isChordError(result) && result.parentId !== undefined && tries.has(result.parentId)
        : last.endedAt === undefined;
    return isOurs ? this.translator.takeResult(result) : [];
  }

  private async recall(hearing: Hearing): Promise<void> {
    if (this.isRecalled) {
      return;
    }
    try {
      this.translator.recall(await hearing.recall());
      this.isRecalled = true;
    } catch (error) {
      if (!(error instanceof ConnectorError)) {
        throw error;
      }
      hearing.notice(`What was open before is not known yet: ${error.message}`);
    }
  }

  private sayNothing(hearing: Hearing): void {
    if (this.counts.events === 0 && this.ports.now() - this.since >= NOTHING_AFTER_MS) {
      hearing.notice(
        'Nothing was heard yet. Either no worker runs, or workers tell at another address, database, virtual host, key prefix or exchange.'
      );
    }
  }
}
