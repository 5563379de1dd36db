import type { TimeRange } from '../../../src/model/task-query';
import type { TaskRun } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import type { Archive, Outcomes } from '../archive/archive';
import { taskKey } from '../archive/archive';
import type { Alert } from './alert';
import { episodeOf } from './alert';
import { AlertBoard } from './alert-board';
import type { AlertMetrics } from './alert-metrics';
import type { AlertsConfig } from './alerts-config';
import { reasonOf, remedyOf } from './alerts-file';
import type { AlertsFile, Changes } from './alerts-file';
import { createLane } from './create-lane';
import { MOST_ENDED } from './ended-alerts';
import { GroupLane } from './group-lane';
import type { Lane, LanePorts } from './lane';

const TICK_MS = 1_000;
/** Failed runs that wait to be looked at; more than these are counted and passed over. */
const MOST_WAITING = 20_000;
/** How long failures are looked at in one go, and the pause after it: requests of others come in between. */
const SLICE_MS = 5;
const PAUSE_MS = 20;
/** Changes that are looked at again after a restart. */
const CATCH_UP_CHANGES = 200_000;
const CATCH_UP_PAGE = 1_000;
const STOP_GRACE_MS = 2_000;
/** How often ended alerts that are too old are looked for. */
const PRUNE_MS = 3_600_000;

type Changed<What extends 'alerts' | 'groups'> = Changes[What] extends Iterable<infer Row> ? Row : never;

/**
 * Turns what the archive commits into alerts at once, and tells the receivers. Nothing here is waited for by those who
 * post events or ask questions.
 */
export class EventAlerts {
  private readonly board: AlertBoard;
  private readonly lanes = new Map<string, { lane: Lane; config: string }>();
  private readonly waiting: string[] = [];
  /** When tasks completed while failures wait: a success may be committed together with the failure that it ends. */
  private readonly completions = new Map<string, EpochMs>();
  private readonly changedAlerts = new Set<string>();
  /** Ended alerts that are not written yet. */
  private endedAlerts: Alert[] = [];
  private readonly changedGroups = new Map<string, [receiver: string, key: string]>();
  private cursor: number | undefined;
  private prunedAt: EpochMs = -Infinity;
  private unattend: (() => void) | undefined;
  private working: NodeJS.Timeout | NodeJS.Immediate | undefined;
  private ticking: NodeJS.Timeout | undefined;
  private saving: NodeJS.Immediate | undefined;
  private overflow = 0;
  private savedCursor: number | undefined;
  /** After a write that failed: when the next is tried, by `performance.now()`. */
  private saveAgainAt: number | undefined;
  private stopped = false;
  private closed = false;

  constructor(
    private readonly archive: Pick<Archive, 'attend' | 'changes' | 'size'>,
    private readonly file: AlertsFile,
    private config: AlertsConfig,
    private readonly ports: LanePorts
  ) {
    this.board = new AlertBoard(config, file.alerts());
    ports.metrics.queued = () => [...this.lanes.values()].map(({ lane }) => [lane.name, lane.queued]);
  }

  get metrics(): AlertMetrics {
    return this.ports.metrics;
  }

  /** Begins where the last start of the store ended. */
  async start(): Promise<void> {
    this.openLanes();
    this.ticking = setInterval(() => this.tick(), TICK_MS);
    await this.attend();
  }

  /** Takes new rules and receivers; what is queued for receivers that stay is kept. */
  async configure(config: AlertsConfig): Promise<void> {
    this.config = config;
    this.board.configure(config);
    this.save();
    this.openLanes();
    this.tick();
    await this.attend();
  }

  /** Alerts that fired at any moment of the range: those that fire now before those that are over, the newest first. */
  during(range: TimeRange): Alert[] {
    const firing = [...this.board.all()].filter(({ state }) => state === 'firing');
    // Who ended an alert may have taken that back.
    const going = new Set(firing.map(episodeOf));
    return [
      ...firing.filter(({ startsAt }) => startsAt < range.to).sort((a, b) => b.lastAt - a.lastAt),
      ...this.file.ended.during(range).filter((alert) => !going.has(episodeOf(alert))),
    ];
  }

  /** Takes alerts that something else has judged. */
  take(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      this.board.take(alert);
    }
    this.tell();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.unattend?.();
    clearInterval(this.ticking);
    clearTimeout(this.working as NodeJS.Timeout);
    clearImmediate(this.working as NodeJS.Immediate);
    this.look(Infinity);
    await Promise.all([...this.lanes.values()].map(({ lane }) => lane.stop(STOP_GRACE_MS)));
    clearImmediate(this.saving);
    this.save();
    this.closed = true;
    this.file.close();
  }

  private async attend(): Promise<void> {
    const wanted = this.config.rules.length > 0;
    if (!wanted) {
      this.unattend?.();
      this.unattend = undefined;
      // What fails while there are no rules is no news once there are some.
      this.cursor = undefined;
      this.savedCursor = undefined;
      try {
        this.file.forgetCursor();
      } catch (error) {
        this.lament(error, 'With rules again, failures from before may be told.');
      }
      return;
    }
    if (this.unattend !== undefined) {
      return;
    }
    let caughtUp = false;
    const meanwhile: Outcomes[] = [];
    this.unattend = this.archive.attend((outcomes) => {
      if (caughtUp) {
        this.hear(outcomes);
      } else {
        meanwhile.push(outcomes);
      }
    });
    await this.catchUp();
    caughtUp = true;
    for (const outcomes of meanwhile) {
      if (outcomes.to > (this.cursor ?? 0)) {
        this.hear(outcomes);
      }
    }
  }

  /** Looks at what was committed while nobody attended. The first time there is nothing: old failures are no news. */
  private async catchUp(): Promise<void> {
    const { cursor: newest } = await this.archive.size();
    const from = this.file.cursor;
    if (from === undefined || from > newest) {
      this.moveTo(newest);
      return;
    }
    this.cursor = Math.max(from, newest - CATCH_UP_CHANGES);
    for (let more = true; more && !this.stopped;) {
      const page = await this.archive.changes(this.cursor, CATCH_UP_PAGE);
      for (const text of page.runs) {
        const run = JSON.parse(text) as TaskRun;
        if (run.state === 'failed') {
          this.board.turned(run, this.ports.now());
        } else if (run.state === 'completed') {
          this.board.completed(taskKey(run), run.finishedAt ?? run.observedAt);
        }
      }
      this.tell();
      this.moveTo(page.cursor);
      more = page.more;
    }
  }

  private hear({ to, turned, completed }: Outcomes): void {
    for (const [key, at] of completed) {
      this.board.completed(key, at);
      this.completions.set(key, Math.max(at, this.completions.get(key) ?? 0));
    }
    for (const text of turned) {
      if (this.waiting.length >= MOST_WAITING) {
        this.overflow++;
      } else {
        this.waiting.push(text);
      }
    }
    this.cursor = to;
    if (this.waiting.length === 0) {
      this.completions.clear();
    } else if (this.working === undefined) {
      this.look(SLICE_MS);
    }
  }

  /** Looks at failures for a while, and comes back for what is left. */
  private look(forMs: number): void {
    this.working = undefined;
    const until = performance.now() + forMs;
    let looked = 0;
    while (looked < this.waiting.length && (looked === 0 || performance.now() < until)) {
      this.board.turned(JSON.parse(this.waiting[looked]!) as TaskRun, this.ports.now());
      looked++;
    }
    this.waiting.splice(0, looked);
    if (this.waiting.length > 0) {
      this.working = setTimeout(() => this.look(SLICE_MS), PAUSE_MS);
    } else {
      this.completions.forEach((at, key) => this.board.completed(key, at));
      this.completions.clear();
    }
    this.tell();
  }

  /** Hands changed alerts to their receivers, and remembers them. */
  private tell(): void {
    this.endedAlerts.push(...this.board.takeEnded());
    for (const [id, alert] of this.board.takeChanged()) {
      this.changedAlerts.add(id);
      for (const name of alert?.receivers ?? []) {
        if (alert !== undefined) {
          this.lanes.get(name)?.lane.offer(alert);
        }
      }
    }
    this.saving ??= setImmediate(() => this.save());
  }

  private tick(): void {
    this.board.tick(this.ports.now());
    this.tell();
    for (const alert of this.board.all()) {
      if (alert.state === 'resolved' && ![...this.lanes.values()].some(({ lane }) => lane.holds(alert.id))) {
        this.board.forget(alert.id);
      }
    }
    this.complain();
    this.tell();
    if (this.ports.now() - this.prunedAt >= PRUNE_MS) {
      this.prune();
    }
  }

  private prune(): void {
    this.prunedAt = this.ports.now();
    try {
      this.file.ended.prune(this.prunedAt - this.config.keepEndedMs);
    } catch (error) {
      this.lament(error, 'Ended alerts stay for longer.');
    }
  }

  private complain(): void {
    const lost = this.overflow + this.board.dropped;
    if (lost > 0) {
      this.ports.metrics.dropped.inc({ receiver: '', reason: 'too many failures' }, lost);
      this.ports.log.warn(
        `[alerts] ${lost} failures became no alert: too many at once, or too many tasks fail. They are in the archive.`
      );
      this.overflow = 0;
      this.board.dropped = 0;
    }
  }

  private moveTo(cursor: number): void {
    this.cursor = cursor;
    this.save();
  }

  private save(): void {
    this.saving = undefined;
    if (this.closed || (!this.stopped && performance.now() < (this.saveAgainAt ?? 0))) {
      return;
    }
    const groups = [...this.changedGroups.values()].map(([receiver, key]): Changed<'groups'> => {
      const lane = this.lanes.get(receiver)?.lane;
      return [receiver, key, lane instanceof GroupLane ? lane.state(key) : undefined];
    });
    const alerts = [...this.changedAlerts].map((id): Changed<'alerts'> => [id, this.board.get(id)]);
    const ended = this.endedAlerts;
    // What waits to be looked at is looked at again after a crash.
    const cursor = this.waiting.length === 0 ? this.cursor : undefined;
    if (
      alerts.length === 0 &&
      groups.length === 0 &&
      ended.length === 0 &&
      (cursor === undefined || cursor === this.savedCursor)
    ) {
      return;
    }
    try {
      this.file.write({ alerts, groups, ended, cursor });
    } catch (error) {
      // Nothing is let go of, and the cursor stays: the next tick writes all of it.
      this.endedAlerts = ended.slice(-MOST_ENDED);
      if (this.saveAgainAt === undefined) {
        this.lament(error, 'It is tried again every second; until then a restart may tell alerts again.');
      }
      this.saveAgainAt = performance.now() + TICK_MS;
      return;
    }
    this.saveAgainAt = undefined;
    this.savedCursor = cursor ?? this.savedCursor;
    this.changedGroups.clear();
    this.changedAlerts.clear();
    this.endedAlerts = [];
    if (ended.length > 0) {
      this.prune();
    }
  }

  private lament(error: unknown, consequence: string): void {
    this.ports.log.warn(
      `[alerts] ${this.file.path} cannot be written (${reasonOf(error)}). ${consequence} ${remedyOf(error)}`
    );
  }

  /** One lane per receiver; those of unchanged receivers stay as they are. */
  private openLanes(): void {
    const { receivers, maxQueued, giveUpAfterMs, resendMs, language, grafanaUrl } = this.config;
    const wanted = new Map(
      receivers.map((receiver) => [
        receiver.name,
        { receiver, text: JSON.stringify([receiver, maxQueued, giveUpAfterMs, resendMs, language, grafanaUrl]) },
      ])
    );
    for (const [name, { lane, config }] of this.lanes) {
      if (wanted.get(name)?.text !== config) {
        void lane.stop(STOP_GRACE_MS);
        this.lanes.delete(name);
      }
    }
    try {
      this.file.keepReceivers([...wanted.keys()]);
    } catch (error) {
      this.lament(error, 'Groups of receivers that are gone stay until the next start.');
    }
    for (const [name, { receiver, text }] of wanted) {
      if (this.lanes.has(name)) {
        continue;
      }
      const ports = {
        ...this.ports,
        changed: (lane: string, key: string) => {
          this.changedGroups.set(`${lane}\n${key}`, [lane, key]);
          this.saving ??= setImmediate(() => this.save());
        },
      };
      const lane = createLane(receiver, this.config, ports, this.file.groups(name), (id) => this.board.get(id));
      this.lanes.set(name, { lane, config: text });
      // From the beginning, so that the first failure is an increase.
      this.ports.metrics.sent.inc({ receiver: name }, 0);
      this.ports.metrics.failed.inc({ receiver: name }, 0);
      for (const alert of this.board.all()) {
        if (alert.receivers.includes(name)) {
          lane.offer(alert);
        }
      }
    }
  }
}
