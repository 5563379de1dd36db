import { compileFilter } from '../../../src/model/filter';
import { verdictOf } from '../../../src/model/task-run';
import type { TaskRun } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import { taskKey } from '../archive/outcomes';
import { MOST_RUNS_NAMED } from './alert';
import type { Alert } from './alert';
import type { AlertRule, AlertsConfig } from './alerts-config';
import { alertId, annotationsOf, describeFailure, labelsOf, linkOf, runName, triggersOf } from './describe-failure';
import type { Failure } from './describe-failure';

/** Alerts kept at once: a task name made of random text must not fill the memory. */
const MOST_ALERTS = 10_000;

interface CompiledRule {
  rule: AlertRule;
  matches: (run: TaskRun) => boolean;
}

/**
 * What is firing, and why it began and ended. Pure but for the clock that is handed in: it tells nobody, it only says
 * which alerts changed.
 */
export class AlertBoard {
  /** Failures that became no alert because there are too many. */
  dropped = 0;
  private readonly alerts = new Map<string, Alert>();
  private readonly byTask = new Map<string, Set<string>>();
  private changed = new Set<string>();
  private ended: Alert[] = [];
  private rules: CompiledRule[] = [];

  constructor(
    private config: AlertsConfig,
    restored: Iterable<Alert> = []
  ) {
    this.configure(config);
    for (const alert of restored) {
      this.keep(alert);
    }
  }

  /** Rules that are gone end their alerts at the next `tick`. */
  configure(config: AlertsConfig): void {
    this.config = config;
    this.rules = config.rules.map((rule) => ({ rule, matches: compileFilter(rule.match) }));
  }

  get(id: string): Alert | undefined {
    return this.alerts.get(id);
  }

  /** All alerts, those that only gather failures included. */
  all(): Iterable<Alert> {
    return this.alerts.values();
  }

  /** A run that failed, or that counted as failed and no longer does. */
  turned(run: TaskRun, now: EpochMs): void {
    if (verdictOf(run) !== 'failed') {
      this.revived(run);
      return;
    }
    const triggers = triggersOf(run);
    let failure: Failure | undefined;
    for (const { rule, matches } of this.rules) {
      if (rule.on.some((trigger) => triggers.includes(trigger)) && matches(run)) {
        failure ??= describeFailure(run);
        this.failed(rule, failure, now);
        if (!rule.goOn) {
          return;
        }
      }
    }
  }

  /** A task completed a run at `at`. */
  completed(key: string, at: EpochMs): void {
    for (const id of this.byTask.get(key) ?? []) {
      const alert = this.alerts.get(id);
      if (alert === undefined || !alert.resolveOnSuccess || at <= alert.lastAt || alert.state === 'resolved') {
        continue;
      }
      if (alert.state === 'gathering') {
        this.forget(id);
      } else if (alert.recoveredAt === undefined || alert.recoveredAt <= alert.startsAt) {
        // A run that is tried again tells no end of its own; whichever is heard first, the success does.
        this.put({ ...alert, recoveredAt: at });
      }
    }
  }

  /** Takes an alert that something else has judged. */
  take(alert: Alert): void {
    const known = this.alerts.get(alert.id);
    if (known === undefined && this.alerts.size >= MOST_ALERTS) {
      this.dropped++;
      return;
    }
    // Whoever tells the end need not tell the beginning again.
    const goesOn = known !== undefined && known.state === 'firing';
    this.put({ ...alert, ...(goesOn && { startsAt: known.startsAt }), version: (known?.version ?? 0) + 1 });
  }

  /** Ends what has recovered or fell silent. */
  tick(now: EpochMs): void {
    const names = new Set(this.config.rules.map(({ name }) => name));
    for (const alert of this.alerts.values()) {
      if (alert.state === 'resolved') {
        continue;
      }
      const silent = now - alert.heardAt;
      if (alert.state === 'gathering') {
        if (silent > alert.resolveAfterMs) {
          this.forget(alert.id);
        }
      } else if (alert.recoveredAt !== undefined && silent >= this.config.keepFiringMs) {
        this.end(alert, Math.max(alert.recoveredAt, alert.startsAt + 1));
      } else if (silent >= alert.resolveAfterMs || !this.isWanted(alert, names)) {
        this.end(alert, now);
      }
    }
  }

  /** Alerts that changed since the last call. Those that are gone are `undefined`. */
  takeChanged(): Array<[id: string, alert: Alert | undefined]> {
    const ids = [...this.changed];
    this.changed.clear();
    return ids.map((id) => [id, this.alerts.get(id)]);
  }

  /** Alerts that ended since the last call, as they were then: one that comes again begins anew under the same id. */
  takeEnded(): Alert[] {
    return this.ended.splice(0);
  }

  forget(id: string): void {
    const alert = this.alerts.get(id);
    if (alert === undefined) {
      return;
    }
    this.alerts.delete(id);
    this.changed.add(id);
    const key = taskKey(alert);
    const ids = this.byTask.get(key);
    ids?.delete(id);
    if (ids?.size === 0) {
      this.byTask.delete(key);
    }
  }

  private isWanted(alert: Alert, names: ReadonlySet<string>): boolean {
    return alert.external === true || names.has(alert.labels['alertname'] ?? '');
  }

  private failed(rule: AlertRule, failure: Failure, now: EpochMs): void {
    const id = alertId(rule, failure);
    const known = this.alerts.get(id);
    const name = runName(failure.run);
    if (known === undefined && this.alerts.size >= MOST_ALERTS) {
      this.dropped++;
      return;
    }
    if (known !== undefined && known.runs.includes(name) && known.lastAt >= failure.at) {
      return;
    }
    const before = known === undefined || known.state === 'resolved' ? undefined : known;
    const startsAt = before === undefined ? failure.at : Math.min(before.startsAt, failure.at);
    const recent =
      before?.state === 'firing'
        ? []
        : [...(before?.recent ?? []), failure.at].filter((at) => at > failure.at - rule.withinMs).slice(-rule.failures);
    const gathering = before?.state !== 'firing' && recent.length < rule.failures;
    const count = (before?.count ?? 0) + 1;
    const runs = [name, ...(before?.runs ?? [])].slice(0, MOST_RUNS_NAMED);
    const { grafanaUrl } = this.config;
    const owner = failure.run.labels?.['owner'] ?? before?.owner;
    this.put({
      id,
      state: gathering ? 'gathering' : 'firing',
      version: (known?.version ?? 0) + 1,
      labels: labelsOf(rule, failure),
      annotations: annotationsOf(rule, failure, { count, startsAt, runs }, this.config),
      ...(grafanaUrl !== undefined && { link: linkOf(grafanaUrl, failure, startsAt) }),
      receivers: rule.receivers,
      source: failure.run.source,
      task: failure.run.task,
      ...(owner !== undefined && { owner }),
      startsAt,
      lastAt: Math.max(before?.lastAt ?? 0, failure.at),
      heardAt: now,
      count,
      runs,
      recent,
      resolveOnSuccess: rule.resolveOnSuccess,
      resolveAfterMs: gathering ? rule.withinMs : rule.resolveAfterMs,
    });
  }

  /** A run that counted as lost lives, or is tried again: its alert ends unless it holds other runs. */
  private revived(run: TaskRun): void {
    const name = runName(run);
    for (const id of this.byTask.get(taskKey(run)) ?? []) {
      const alert = this.alerts.get(id);
      if (alert === undefined || alert.state === 'resolved' || !alert.runs.includes(name)) {
        continue;
      }
      const runs = alert.runs.filter((other) => other !== name);
      if (runs.length > 0) {
        this.put({ ...alert, runs, count: Math.max(1, alert.count - 1), version: alert.version + 1 });
      } else if (alert.state === 'gathering') {
        this.forget(id);
      } else {
        this.put({ ...alert, recoveredAt: Math.max(run.observedAt, alert.startsAt, alert.recoveredAt ?? 0) });
      }
    }
  }

  private end(alert: Alert, at: EpochMs): void {
    this.put({ ...alert, state: 'resolved', endsAt: at, version: alert.version + 1 });
  }

  private put(alert: Alert): void {
    this.keep(alert);
    this.changed.add(alert.id);
    if (alert.state === 'resolved') {
      this.ended.push(alert);
    }
  }

  private keep(alert: Alert): void {
    this.alerts.set(alert.id, alert);
    const key = taskKey(alert);
    const ids = this.byTask.get(key);
    if (ids === undefined) {
      this.byTask.set(key, new Set([alert.id]));
    } else {
      ids.add(alert.id);
    }
  }
}
