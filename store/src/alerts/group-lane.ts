import type { EpochMs } from '../../../src/model/units';
import { episodeOf } from './alert';
import type { Alert } from './alert';
import type { AlertsConfig, ReceiverConfig } from './alerts-config';
import { backOffMs } from './back-off';
import { toDeliveryError } from './delivery-error';
import type { Lane, LanePorts } from './lane';
import { groupOf } from './notification';
import type { Deliver } from './notification';

/** Deliveries to one receiver at the same time, of different groups. */
const MOST_IN_FLIGHT = 4;
/** Node's timers count to 2³¹ ms; longer waits are looked at again. */
const LONGEST_TIMER_MS = 3_600_000;

interface Told {
  episode: string;
  resolved: boolean;
}

/** What must outlive a restart of the store. */
export interface GroupState {
  labels: Record<string, string>;
  /** Ids of its alerts. */
  alerts: string[];
  told: Array<[id: string, told: Told]>;
  /** When it is to be told next. */
  dueAt?: EpochMs;
  /** When it was told last. */
  flushedAt?: EpochMs;
  memo?: string;
}

interface Group {
  key: string;
  labels: Record<string, string>;
  alerts: Map<string, Alert>;
  told: Map<string, Told>;
  dueAt?: EpochMs | undefined;
  /** Since when its notification waits for the receiver. */
  waitingSince?: EpochMs | undefined;
  flushedAt?: EpochMs;
  memo?: string | undefined;
  timer?: NodeJS.Timeout;
}

export interface GroupLanePorts extends LanePorts {
  /** The group's `state` is another now. */
  changed(receiver: string, key: string): void;
}

/**
 * The way to a receiver that takes notifications as they are. Groups by the rules of Alertmanager: the first notification
 * of a group waits `groupWait`, further news `groupInterval`, and what goes on is repeated after `repeatInterval`.
 */
export class GroupLane implements Lane {
  readonly name: string;
  private readonly groups = new Map<string, Group>();
  private readonly groupOfAlert = new Map<string, Group>();
  /** Groups whose time has come, in turn. */
  private ready: Group[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  private readonly aborter = new AbortController();
  /** Failures in a row: while there are any, one notification at a time goes out, after a pause. */
  private failures = 0;
  private pause: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly receiver: ReceiverConfig,
    private readonly deliver: Deliver,
    private readonly config: Pick<AlertsConfig, 'maxQueued' | 'giveUpAfterMs' | 'language' | 'grafanaUrl'>,
    private readonly ports: GroupLanePorts,
    restored: Iterable<[key: string, state: GroupState]> = [],
    alertOf: (id: string) => Alert | undefined = () => undefined
  ) {
    this.name = receiver.name;
    for (const [key, state] of restored) {
      this.restore(key, state, alertOf);
    }
  }

  get queued(): number {
    return this.ready.length + this.inFlight.size;
  }

  holds(id: string): boolean {
    return this.groupOfAlert.has(id);
  }

  /** What must be kept of a group; `undefined` when it is gone. */
  state(key: string): GroupState | undefined {
    const group = this.groups.get(key);
    return group && stateOf(group);
  }

  offer(alert: Alert): void {
    if (alert.state === 'gathering') {
      return;
    }
    const { key, labels } = groupOf(alert, this.receiver.groupBy);
    const old = this.groupOfAlert.get(alert.id);
    if (old !== undefined && old.key !== key) {
      this.release(old, alert.id);
    }
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { key, labels, alerts: new Map(), told: new Map() };
      this.groups.set(key, group);
    }
    group.alerts.set(alert.id, alert);
    this.groupOfAlert.set(alert.id, group);
    this.plan(group);
  }

  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    clearTimeout(this.pause);
    for (const { timer } of this.groups.values()) {
      clearTimeout(timer);
    }
    const deadline = setTimeout(() => this.aborter.abort(), graceMs);
    await Promise.all(this.inFlight);
    clearTimeout(deadline);
  }

  private restore(key: string, state: GroupState, alertOf: (id: string) => Alert | undefined): void {
    const { labels, alerts, told, dueAt, flushedAt, memo } = state;
    const group: Group = {
      key,
      labels,
      alerts: new Map(),
      told: new Map(told.filter(([id]) => alerts.includes(id))),
      dueAt,
      ...(flushedAt !== undefined && { flushedAt }),
      memo,
    };
    for (const id of alerts) {
      const alert = alertOf(id);
      if (alert !== undefined && groupOf(alert, this.receiver.groupBy).key === key) {
        group.alerts.set(id, alert);
        this.groupOfAlert.set(id, group);
      }
    }
    this.groups.set(key, group);
    this.plan(group);
  }

  /** Decides when the group is told next. */
  private plan(group: Group): void {
    const { groupWaitMs, groupIntervalMs, repeatIntervalMs } = this.receiver;
    const now = this.ports.now();
    for (const alert of group.alerts.values()) {
      if (alert.state === 'resolved' && !this.isNews(group, alert)) {
        this.release(group, alert.id);
      }
    }
    const { flushedAt } = group;
    let dueAt: EpochMs | undefined;
    if ([...group.alerts.values()].some((alert) => this.isNews(group, alert))) {
      const soonest =
        flushedAt === undefined ? now + groupWaitMs : Math.max(flushedAt + groupIntervalMs, now + groupWaitMs);
      // Further news does not put off what is planned.
      dueAt = group.dueAt === undefined || group.dueAt > soonest ? soonest : group.dueAt;
    } else if (group.alerts.size > 0) {
      dueAt = (flushedAt ?? now) + repeatIntervalMs;
    } else if (flushedAt !== undefined) {
      // What comes back soon still belongs to the group that was told.
      dueAt = flushedAt + groupIntervalMs;
      if (dueAt <= now) {
        this.remove(group);
        return;
      }
    }
    const changed = group.dueAt !== dueAt;
    group.dueAt = dueAt;
    if (group.waitingSince === undefined && (changed || group.timer === undefined)) {
      this.setTimer(group);
    }
    this.ports.changed(this.name, group.key);
  }

  private setTimer(group: Group): void {
    clearTimeout(group.timer);
    if (group.dueAt === undefined || this.stopped) {
      return;
    }
    const delay = Math.min(LONGEST_TIMER_MS, Math.max(0, group.dueAt - this.ports.now()));
    group.timer = setTimeout(() => this.timeHasCome(group), delay);
    if (delay > 60_000) {
      group.timer.unref();
    }
  }

  private timeHasCome(group: Group): void {
    delete group.timer;
    if (group.dueAt === undefined || group.dueAt > this.ports.now()) {
      this.setTimer(group);
      return;
    }
    if (group.alerts.size === 0) {
      this.remove(group);
      return;
    }
    if (this.ready.length >= this.config.maxQueued) {
      this.giveUp(group, 'queue full');
      return;
    }
    group.waitingSince = group.dueAt;
    this.ready.push(group);
    this.pump();
  }

  private pump(): void {
    while (
      !this.stopped &&
      this.pause === undefined &&
      this.ready.length > 0 &&
      this.inFlight.size < (this.failures > 0 ? 1 : MOST_IN_FLIGHT)
    ) {
      const group = this.ready.shift();
      if (group !== undefined) {
        const sending = this.tell(group).finally(() => {
          this.inFlight.delete(sending);
          this.pump();
        });
        this.inFlight.add(sending);
      }
    }
  }

  private async tell(group: Group): Promise<void> {
    const { ports, name } = this;
    const told = [...group.alerts.values()].sort(
      (a, b) => Number(a.state === 'resolved') - Number(b.state === 'resolved') || b.lastAt - a.lastAt
    );
    if (told.length === 0) {
      this.planAnew(group);
      return;
    }
    const dueAt = group.waitingSince ?? ports.now();
    try {
      group.memo = await this.deliver(
        {
          receiver: name,
          status: told.some(({ state }) => state === 'firing') ? 'firing' : 'resolved',
          groupKey: group.key,
          groupLabels: group.labels,
          alerts: told,
          language: this.config.language,
          externalUrl: this.config.grafanaUrl ?? '',
          ...(group.memo !== undefined && { memo: group.memo }),
        },
        AbortSignal.any([AbortSignal.timeout(this.receiver.timeoutMs), this.aborter.signal])
      );
    } catch (error) {
      this.failed(group, error);
      return;
    }
    this.failures = 0;
    ports.metrics.sent.inc({ receiver: name }, told.length);
    ports.metrics.delivery.observe({ receiver: name }, Math.max(0, ports.now() - dueAt) / 1_000);
    this.wasTold(group, told);
    this.planAnew(group);
  }

  private planAnew(group: Group): void {
    group.flushedAt = this.ports.now();
    group.dueAt = undefined;
    delete group.waitingSince;
    this.plan(group);
  }

  private failed(group: Group, error: unknown): void {
    const { ports, name } = this;
    const { message, retry, retryAfterMs } = toDeliveryError(error);
    ports.metrics.failed.inc({ receiver: name });
    if (this.stopped) {
      return;
    }
    if (!retry) {
      ports.log.warn(`[alerts] ${name}: ${message}. This notification is dropped: ${group.key.slice(0, 300)}`);
      this.giveUp(group, 'refused');
      return;
    }
    this.failures++;
    if (this.failures === 1) {
      ports.log.warn(`[alerts] ${name}: ${message}. It is tried again until it works.`);
    }
    if (group.waitingSince !== undefined && ports.now() - group.waitingSince > this.config.giveUpAfterMs) {
      this.giveUp(group, 'too old');
    } else {
      // To the end of the line: a notification that always fails must not hold up the others for good.
      this.ready.push(group);
    }
    clearTimeout(this.pause);
    this.pause = setTimeout(
      () => {
        this.pause = undefined;
        this.pump();
      },
      Math.max(retryAfterMs ?? 0, backOffMs(this.failures, ports.random))
    );
  }

  /** Takes the news for told, although they were not: they are counted instead. */
  private giveUp(group: Group, reason: string): void {
    this.ports.metrics.dropped.inc({ receiver: this.name, reason });
    this.wasTold(group, [...group.alerts.values()]);
    this.planAnew(group);
  }

  private wasTold(group: Group, alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      group.told.set(alert.id, { episode: episodeOf(alert), resolved: alert.state === 'resolved' });
      if (alert.state === 'resolved' && group.alerts.get(alert.id) === alert) {
        this.release(group, alert.id);
      }
    }
  }

  /** Whether the receiver does not know how the alert stands. */
  private isNews(group: Group, alert: Alert): boolean {
    const told = group.told.get(alert.id);
    if (told === undefined || told.episode !== episodeOf(alert)) {
      return true;
    }
    return alert.state === 'resolved' ? !told.resolved && this.receiver.sendResolved : told.resolved;
  }

  private release(group: Group, id: string): void {
    group.alerts.delete(id);
    group.told.delete(id);
    if (this.groupOfAlert.get(id) === group) {
      this.groupOfAlert.delete(id);
    }
  }

  private remove(group: Group): void {
    clearTimeout(group.timer);
    this.groups.delete(group.key);
    this.ports.changed(this.name, group.key);
  }
}

function stateOf({ labels, alerts, told, dueAt, flushedAt, memo }: Group): GroupState {
  return {
    labels,
    alerts: [...alerts.keys()],
    told: [...told],
    ...(dueAt !== undefined && { dueAt }),
    ...(flushedAt !== undefined && { flushedAt }),
    ...(memo !== undefined && { memo }),
  };
}
