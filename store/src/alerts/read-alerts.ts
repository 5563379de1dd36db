import { compileFilter } from '../../../src/model/filter';
import { FILTER_FIELDS } from '../../../src/model/task-query';
import type { Match, MatchOperator, TaskFilter } from '../../../src/model/task-query';
import type { DurationMs } from '../../../src/model/units';
import type { ConfigReader, Path } from '../config/config-reader';
import {
  DEFAULT_ALERTS,
  DEFAULT_GROUPING,
  DEFAULT_RULE,
  LANGUAGES,
  SEVERITIES,
  TIERS,
  TRIGGERS,
} from './alerts-config';
import type { AlertRule, AlertsConfig, Grouping } from './alerts-config';
import { readUrl } from './read-endpoint';
import { readReceiver } from './read-receiver';

const MOST_RULES = 200;
const MOST_RECEIVERS = 50;
const MOST_MATCHES = 50;
const DAY_MS = 86_400_000;
const LONGEST_MS = 366 * DAY_MS;

const GROUPING_KEYS = ['groupBy', 'groupWait', 'groupInterval', 'repeatInterval'];
/** The label names that Prometheus allows, because alerts go to its Alertmanager. */
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const OWN_LABELS = ['alertname', 'severity', 'tier', 'source', 'task', 'cause'];

/** Reads the `alerts` section. Ended alerts are kept as long as runs, `runsKeptMs`. What is wrong is told to `reader`. */
export function readAlerts(reader: ConfigReader, runsKeptMs: DurationMs): AlertsConfig {
  const root: Path = ['alerts'];
  reader.knows(root, [
    'rules',
    'receivers',
    ...GROUPING_KEYS,
    'keepFiring',
    'keepEnded',
    'resend',
    'maxQueued',
    'giveUpAfter',
    'language',
    'grafanaUrl',
    'runbooksUrl',
    'ticketReceivers',
  ]);
  const grouping = readGrouping(reader, root, DEFAULT_GROUPING);
  const names = reader.names([...root, 'receivers'], MOST_RECEIVERS);
  const receivers = names.flatMap((name) => {
    const path = [...root, 'receivers', name];
    // A ticket is about one alert, unless somebody says otherwise.
    const base = reader.value([...path, 'type']) === 'jira' ? { ...grouping, groupBy: ['...'] } : grouping;
    return readReceiver(reader, path, name, GROUPING_KEYS, readGrouping(reader, path, base)) ?? [];
  });
  const grafanaUrl = readUrl(reader, [...root, 'grafanaUrl']);
  const runbooksUrl = readUrl(reader, [...root, 'runbooksUrl']);
  const rules = reader.entries([...root, 'rules'], MOST_RULES).map((path) => readRule(reader, path, names));
  const seen = new Set<string>();
  rules.forEach(({ name }, i) => {
    if (seen.has(name)) {
      reader.fault(
        [...root, 'rules', i, 'name'],
        `alerts.rules[${i}].name is ${JSON.stringify(name)} again. Choose another name.`
      );
    }
    seen.add(name);
  });
  return {
    rules,
    receivers,
    keepFiringMs: reader.duration([...root, 'keepFiring'], 0, DAY_MS) ?? DEFAULT_ALERTS.keepFiringMs,
    keepEndedMs: reader.duration([...root, 'keepEnded'], 0, 10 * LONGEST_MS) ?? runsKeptMs,
    resendMs: reader.duration([...root, 'resend'], 1_000, DAY_MS) ?? DEFAULT_ALERTS.resendMs,
    maxQueued: reader.whole([...root, 'maxQueued'], 1, 100_000) ?? DEFAULT_ALERTS.maxQueued,
    giveUpAfterMs: reader.duration([...root, 'giveUpAfter'], 1_000, LONGEST_MS) ?? DEFAULT_ALERTS.giveUpAfterMs,
    language: reader.oneOf([...root, 'language'], LANGUAGES) ?? DEFAULT_ALERTS.language,
    ...(grafanaUrl !== undefined && { grafanaUrl }),
    ...(runbooksUrl !== undefined && { runbooksUrl }),
    ticketReceivers: readReceiverNames(reader, [...root, 'ticketReceivers'], names) ?? [],
  };
}

function readGrouping(reader: ConfigReader, path: Path, base: Grouping): Grouping {
  return {
    groupBy: reader.texts([...path, 'groupBy'], 50) ?? base.groupBy,
    groupWaitMs: reader.duration([...path, 'groupWait'], 0, DAY_MS) ?? base.groupWaitMs,
    groupIntervalMs: reader.duration([...path, 'groupInterval'], 1_000, LONGEST_MS) ?? base.groupIntervalMs,
    repeatIntervalMs: reader.duration([...path, 'repeatInterval'], 1_000, LONGEST_MS) ?? base.repeatIntervalMs,
  };
}

function readRule(reader: ConfigReader, path: Path, receivers: readonly string[]): AlertRule {
  reader.knows(path, [
    'name',
    'on',
    'match',
    'severity',
    'tier',
    'receivers',
    'labels',
    'failures',
    'within',
    'resolveOnSuccess',
    'resolveAfter',
    'runbookUrl',
    'continue',
  ]);
  const name = reader.text([...path, 'name'], 200);
  if (name === undefined) {
    reader.fault(path, `${shownPath(path)}.name is missing. Want the name that the alert gets.`);
  }
  const on = reader.entries([...path, 'on'], TRIGGERS.length).flatMap((entry) => reader.oneOf(entry, TRIGGERS) ?? []);
  const runbookUrl = readUrl(reader, [...path, 'runbookUrl']);
  const chosen = readReceiverNames(reader, [...path, 'receivers'], receivers);
  const told = chosen ?? receivers;
  // An empty list is a choice: the alert is shown, in the dashboard and at /api/v1/alerts, and nobody is told.
  if (chosen === undefined && told.length === 0) {
    reader.fault(
      path,
      `${shownPath(path)} tells nobody. Describe a receiver under alerts.receivers, or write receivers: [] to have it shown only.`
    );
  }
  return {
    name: name ?? '',
    on: on.length === 0 ? DEFAULT_RULE.on : on,
    match: readMatch(reader, [...path, 'match']),
    severity: reader.oneOf([...path, 'severity'], SEVERITIES) ?? DEFAULT_RULE.severity,
    tier: reader.oneOf([...path, 'tier'], TIERS) ?? DEFAULT_RULE.tier,
    receivers: told,
    labels: readLabels(reader, [...path, 'labels']),
    failures: reader.whole([...path, 'failures'], 1, 1_000) ?? DEFAULT_RULE.failures,
    withinMs: reader.duration([...path, 'within'], 1_000, LONGEST_MS) ?? DEFAULT_RULE.withinMs,
    resolveOnSuccess: reader.truth([...path, 'resolveOnSuccess']) ?? DEFAULT_RULE.resolveOnSuccess,
    resolveAfterMs: reader.duration([...path, 'resolveAfter'], 1_000, LONGEST_MS) ?? DEFAULT_RULE.resolveAfterMs,
    ...(runbookUrl !== undefined && { runbookUrl }),
    goOn: reader.truth([...path, 'continue']) ?? DEFAULT_RULE.goOn,
  };
}

function readReceiverNames(reader: ConfigReader, path: Path, known: readonly string[]): string[] | undefined {
  const found = reader.texts(path, MOST_RECEIVERS);
  for (const name of found ?? []) {
    if (!known.includes(name)) {
      reader.fault(
        path,
        `${shownPath(path)} names ${JSON.stringify(name)}, which is no receiver. Known: ${known.join(', ') || 'none'}.`
      );
    }
  }
  return found === undefined ? undefined : [...new Set(found)];
}

function readLabels(reader: ConfigReader, path: Path): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const name of reader.names(path, 30)) {
    if (!LABEL_NAME.test(name) || OWN_LABELS.includes(name)) {
      reader.fault(
        [...path, name],
        `${shownPath(path)}.${name} cannot be set. Want a name of letters, digits and _ other than ${OWN_LABELS.join(', ')}.`
      );
      continue;
    }
    labels[name] = reader.text([...path, name], 500) ?? '';
  }
  return labels;
}

/** Matches are written as in Prometheus and Alertmanager: `task=~mail\..*`, `label:team=core`. */
function readMatch(reader: ConfigReader, path: Path): TaskFilter {
  const matches = reader.entries(path, MOST_MATCHES).flatMap((entry): Match[] => {
    const text = reader.text(entry);
    if (text === undefined) {
      return [];
    }
    const found = /^\s*([\w:.-]+)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s.exec(text);
    const field = found?.[1] ?? '';
    if (found === null || !isField(field)) {
      reader.fault(
        entry,
        `${shownPath(entry)} is ${JSON.stringify(text)}, want a field (${FILTER_FIELDS.join(', ')}, label:<name>), then =, !=, =~ or !~ and a value.`
      );
      return [];
    }
    const value = (found[3] ?? '').replace(/^"(.*)"$/s, '$1');
    const match: Match = { field, operator: found[2] as MatchOperator, values: [value] };
    try {
      compileFilter({ matches: [match] });
    } catch (error) {
      reader.fault(entry, `${shownPath(entry)}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
    return [match];
  });
  return { matches };
}

function isField(name: string): name is Match['field'] {
  return (FILTER_FIELDS as readonly string[]).includes(name) || /^label:./.test(name);
}

function shownPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    ''
  );
}
