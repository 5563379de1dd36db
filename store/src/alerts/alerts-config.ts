import type { TaskFilter } from '../../../src/model/task-query';
import type { DurationMs } from '../../../src/model/units';

/**
 * What a run must have come to: `abnormal_exit` a signal, out of memory or an exit code other than 0; `lost` its worker or
 * process vanished; `failure` any failed attempt; `final_failure` a failed attempt after which no other is allowed.
 */
export const TRIGGERS = ['abnormal_exit', 'lost', 'failure', 'final_failure'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How urgently somebody must hear of it. */
export const TIERS = ['page', 'notify', 'digest', 'ticket'] as const;
export type Tier = (typeof TIERS)[number];

export const LANGUAGES = ['en', 'zh-Hans'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The first rule that a failed run matches makes it an alert. */
export interface AlertRule {
  /** The alert's name (`alertname`). */
  name: string;
  on: readonly Trigger[];
  match: TaskFilter;
  severity: Severity;
  tier: Tier;
  /** Names of receivers. */
  receivers: readonly string[];
  /** Put on every alert of the rule, beside its own. */
  labels: Readonly<Record<string, string>>;
  /** So many failures with one cause within `withinMs`, and no success between them, make an alert. */
  failures: number;
  withinMs: DurationMs;
  /** Whether a later success of the task ends the alert. */
  resolveOnSuccess: boolean;
  /** Without a further failure for so long, the alert ends. */
  resolveAfterMs: DurationMs;
  runbookUrl?: string;
  /** Whether later rules are looked at as well. */
  goOn: boolean;
}

/** When alerts are told together, and when again. The words and their meaning are Alertmanager's. */
export interface Grouping {
  /** Labels that alerts of one notification share; `...` stands for all labels. */
  groupBy: readonly string[];
  groupWaitMs: DurationMs;
  groupIntervalMs: DurationMs;
  repeatIntervalMs: DurationMs;
}

/** An address with the secrets for it. None of it is ever shown. */
export interface Endpoint {
  url: string;
  bearer?: string;
  basic?: { user: string; password: string };
}

export interface Smtp {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS where the server offers it. */
  secure: boolean;
  user?: string;
  password?: string;
}

export interface Jira {
  type: 'jira';
  endpoint: Endpoint;
  project: string;
  issueType: string;
  /** Put on every issue, beside the one that finds it again. */
  labels: readonly string[];
  /** The value of a run's `owner` label → who gets the issue. */
  assignees: Readonly<Record<string, string>>;
  /** Who gets it when no owner is known. */
  assignee?: string;
  /** Jira Cloud names people by `accountId`, Jira Server and Data Center by `name`. */
  assigneeBy: 'accountId' | 'name';
  /** Name of the transition when the alert has ended; without it only a comment is left. */
  resolveTransition?: string;
}

export type ReceiverTarget =
  | { type: 'alertmanager'; endpoint: Endpoint }
  | { type: 'webhook' | 'wecom'; endpoint: Endpoint }
  | { type: 'dingtalk'; endpoint: Endpoint; secret?: string }
  | { type: 'email'; to: readonly string[]; from: string; smtp: Smtp }
  | Jira;

export type ReceiverType = ReceiverTarget['type'];

export interface ReceiverConfig extends Grouping {
  name: string;
  target: ReceiverTarget;
  sendResolved: boolean;
  /** How long one delivery may take. */
  timeoutMs: DurationMs;
}

export interface AlertsConfig {
  rules: readonly AlertRule[];
  receivers: readonly ReceiverConfig[];
  /** A success ends an alert no sooner than this after its last failure, so that it is told and does not flap. */
  keepFiringMs: DurationMs;
  /** How long alerts that are over can be looked at. */
  keepEndedMs: DurationMs;
  /** How often Alertmanager is told again what is firing; it takes an alert for over after four times as long. */
  resendMs: DurationMs;
  /** Most notifications that wait for one receiver. */
  maxQueued: number;
  /** A notification that cannot be delivered for so long is dropped. */
  giveUpAfterMs: DurationMs;
  language: Language;
  /** Where Grafana is: notifications then link to the timeline. */
  grafanaUrl?: string;
  /** Where the pages of `docs/runbooks` are; the trigger's page is appended. */
  runbooksUrl?: string;
  /** Who makes tickets of what is posted to `/api/v1/tickets`. */
  ticketReceivers: readonly string[];
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

export const DEFAULT_GROUPING: Grouping = {
  groupBy: ['alertname', 'source', 'task'],
  groupWaitMs: SECOND_MS,
  groupIntervalMs: MINUTE_MS,
  repeatIntervalMs: 4 * HOUR_MS,
};

export const DEFAULT_RULE: Omit<AlertRule, 'name' | 'receivers'> = {
  on: ['abnormal_exit', 'lost'],
  match: { matches: [] },
  severity: 'warning',
  tier: 'notify',
  labels: {},
  failures: 1,
  withinMs: HOUR_MS,
  resolveOnSuccess: true,
  resolveAfterMs: HOUR_MS,
  goOn: false,
};

export const DEFAULT_ALERTS: AlertsConfig = {
  rules: [],
  receivers: [],
  keepFiringMs: MINUTE_MS,
  keepEndedMs: 30 * 24 * HOUR_MS,
  resendMs: MINUTE_MS,
  maxQueued: 1_000,
  giveUpAfterMs: 24 * HOUR_MS,
  language: 'en',
  ticketReceivers: [],
};
