import type { DurationMs } from '../model/units';
import type { Series } from '../prometheus/profile';

/** Also the alert's name, the page in docs/runbooks/ and the end of the uid. */
export const RULE_NAMES = [
  'task-failing',
  'abnormal-exit',
  'repeated-failure',
  'task-stuck',
  'task-too-fast',
  'run-missed',
  'deadline-at-risk',
  'queue-backlog',
  'oldest-pending',
  'worker-lost',
  'retry-storm',
  'health-low',
  'memory-near-limit',
  'cpu-near-limit',
  'p99-latency',
  'qps-low',
  'source-unreachable',
  'collector-lagging',
  'monitor-silent',
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

export type Severity = 'critical' | 'warning' | 'info';
/** Who is told, and how soon: each has a contact point of its name. */
export type Tier = 'page' | 'notify' | 'digest' | 'ticket';

/** How a number is written in a message. Times and ages are seconds. */
export type ValueUnit = 'percent' | 'duration' | 'number' | 'times';

/**
 * A piece of a message: plain text, the value of a label, the world of the series (`, eu, shop`; nothing where there is
 * one), or the number that the rule found.
 */
export type Piece = string | { label: string } | { world: true } | { value: ValueUnit };

/** What a rule says, before it is put into anybody's template language. */
export interface Message {
  summary: readonly Piece[];
  description: readonly Piece[];
  /** The number found is a number of runs, which message templates show in a line of its own. */
  counts?: boolean;
}

/** Where the alert is seen: a panel of a dashboard of ours. */
export interface Place {
  dashboardUid: string;
  panelId: number;
}

/** `found` is compared with `threshold`; `unload` is where hysteresis lets go. */
export interface Condition {
  is: 'above' | 'below';
  threshold: number;
  unload?: number;
}

/** One alert rule, in no tool's format. */
export interface AlertRule {
  name: RuleName;
  /** Unique over all rules of a Grafana. */
  uid: string;
  /** What Grafana shows as the rule's title, and the alert's name. */
  title: string;
  /** PromQL whose value is compared; its labels are those of the alert. No series while there is nothing to judge. */
  expr: string;
  condition: Condition;
  forMs: DurationMs;
  keepFiringForMs?: DurationMs;
  /** Between evaluations: a multiple of 10 s. */
  intervalMs: DurationMs;
  severity: Severity;
  tier: Tier;
  /** Contact point, where it is not the tier's. */
  receiver?: string;
  /** What is wrong, as a label; absent where the expression has a label `cause`. */
  cause?: string;
  /** Labels that the expression's series have. */
  labels: readonly string[];
  /** Labels that they have in addition where there are several worlds. */
  worlds: readonly string[];
  message: Message;
  place: Place;
  /** What it means when the expression has no series at all. */
  whenEmpty: 'fine' | 'alert';
  /** Of the series that it rests on: for the lint. */
  series: readonly Series[];
}

/** What a family says of a rule; `makeRules` adds what is the same for all. */
export type RuleDraft = Omit<AlertRule, 'name' | 'uid' | 'title' | 'worlds' | 'series' | 'intervalMs' | 'whenEmpty'> &
  Partial<Pick<AlertRule, 'intervalMs' | 'whenEmpty'>>;
