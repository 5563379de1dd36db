import type { AlertRule, Piece, RuleName, ValueUnit } from './rule';
import { chineseDescription } from './zh-hans';

/** How a template language writes a label and the number found. */
export interface TemplateWords {
  label(name: string): string;
  value(unit: ValueUnit): string;
  /** The number alone, as a count: nothing where there is none. */
  count: string;
}

const FORMATS: Readonly<Record<ValueUnit, string>> = {
  percent: ' | humanizePercentage',
  duration: ' | humanizeDuration',
  number: ' | printf "%.0f"',
  times: ' | printf "%.1f"',
};

/** Prometheus: `$value` is the number. */
export const PROMETHEUS_WORDS: TemplateWords = {
  label: (name) => `{{ $labels.${name} }}`,
  value: (unit) => `{{ $value${FORMATS[unit]} }}`,
  count: `{{ $value${FORMATS.number} }}`,
};

/**
 * Grafana: `$value` is a text about all queries; the number is what the reducer gave. It writes the texts out at every
 * evaluation, also where the query found nothing and so there is no B, which it would log as an error each time (seen
 * in 12.3.0).
 */
export const GRAFANA_WORDS: TemplateWords = {
  label: (name) => `{{ $labels.${name} }}`,
  value: (unit) => `{{ with $values.B }}{{ .Value${FORMATS[unit]} }}{{ else }}–{{ end }}`,
  count: `{{ with $values.B }}{{ .Value${FORMATS.number} }}{{ end }}`,
};

/** The annotations that say what is wrong. */
export function messageText(
  rule: Pick<AlertRule, 'name' | 'message' | 'worlds'>,
  words: TemplateWords
): { [annotation: string]: string } {
  const { message, worlds } = rule;
  const chinese = chineseDescription(rule);
  return {
    summary: textOf(message.summary, words, worlds),
    description: textOf(message.description, words, worlds),
    ...(chinese === undefined ? {} : { description_zh: textOf(chinese, words, worlds) }),
    ...(message.counts === true ? { count: words.count } : {}),
  };
}

function textOf(pieces: readonly Piece[], words: TemplateWords, worlds: readonly string[]): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') {
        return literal(piece);
      }
      if ('world' in piece) {
        // Grafana calls a label that is not there an error, unless it is looked up so.
        return worlds.map((label) => `{{ with index $labels ${JSON.stringify(label)} }}, {{ . }}{{ end }}`).join('');
      }
      return 'label' in piece ? words.label(piece.label) : words.value(piece.value);
    })
    .join('');
}

/** Text that a Go template gives back as it is. Braced variables would be replaced by newer Grafanas, so `$` is apart. */
export function literal(text: string): string {
  return text.replace(/\{\{|\$\{/g, (marks) => `{{ ${JSON.stringify(marks[0])} }}{`);
}

/**
 * The state of the run that an alert is about, which its link has the timeline choose: the newest that ended so, or the
 * oldest of those that go on. Metrics know no run's id. Rules that are about no run, or about all of them, have none.
 */
const SHOWN_RUN: Readonly<Partial<Record<RuleName, string>>> = {
  'task-failing': 'failed',
  'abnormal-exit': 'failed',
  'repeated-failure': 'failed',
  'task-stuck': 'running',
  'deadline-at-risk': 'running',
  'queue-backlog': 'pending',
  'oldest-pending': 'pending',
  'worker-lost': 'lost',
  'retry-storm': 'failed',
};

/**
 * The query of a link to the timeline: each label of the alert that is a variable of that dashboard, and the run to
 * choose there; with the cause where the alert has one of its own, so that it is a run that ended that way.
 */
export function timelineQuery({ name, labels }: Pick<AlertRule, 'name' | 'labels'>): string {
  const narrowed = labels
    .filter((label) => ['source', 'task', 'queue', 'worker'].includes(label))
    .map((label) => `var-${label}={{ $labels.${label} | urlquery }}`);
  const state = SHOWN_RUN[name];
  const cause = labels.includes('cause') ? '+{{ $labels.cause | urlquery }}' : '';
  return [...narrowed, ...(state === undefined ? [] : [`var-run=${state}${cause}`])].join('&');
}
