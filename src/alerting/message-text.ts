import type { AlertRule, Piece, ValueUnit } from './rule';
import { chineseDescription } from './zh-hans';

/** How a template language writes a label and the number found. */
export interface TemplateWords {
  label(name: string): string;
  value(unit: ValueUnit): string;
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
};

/** Grafana: `$value` is a text about all queries; the number is what the reducer gave. */
export const GRAFANA_WORDS: TemplateWords = {
  label: (name) => `{{ $labels.${name} }}`,
  value: (unit) => `{{ $values.B.Value${FORMATS[unit]} }}`,
};

/** The annotations that say what is wrong. */
export function messageText(
  rule: Pick<AlertRule, 'name' | 'message'>,
  words: TemplateWords
): { [annotation: string]: string } {
  const { message } = rule;
  const chinese = chineseDescription(rule);
  return {
    summary: textOf(message.summary, words),
    description: textOf(message.description, words),
    ...(chinese === undefined ? {} : { description_zh: textOf(chinese, words) }),
    ...(message.counts === true ? { count: words.value('number') } : {}),
  };
}

function textOf(pieces: readonly Piece[], words: TemplateWords): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') {
        return literal(piece);
      }
      return 'label' in piece ? words.label(piece.label) : words.value(piece.value);
    })
    .join('');
}

/** Text that a Go template gives back as it is. Braced variables would be replaced by newer Grafanas, so `$` is apart. */
export function literal(text: string): string {
  return text.replace(/\{\{|\$\{/g, (marks) => `{{ ${JSON.stringify(marks[0])} }}{`);
}

/** The query of a link to the timeline: each label of the alert that is a variable of that dashboard. */
export function timelineQuery(labels: readonly string[]): string {
  return labels
    .filter((label) => ['source', 'task', 'queue', 'worker'].includes(label))
    .map((label) => `var-${label}={{ $labels.${label} | urlquery }}`)
    .join('&');
}
