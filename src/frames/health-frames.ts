import { FieldType } from '@grafana/data';
import type { DataFrame } from '@grafana/data';
import type { HealthAnswer, HealthScore } from '../model/answer';
import { DEDUCTION_FIELD, FRAME, HEALTH_FIELD, RUN_FIELD, SERIES_FIELD } from './field-names';
import type { FrameContext } from './frame-context';
import { withLinkFilter } from './link-filter';
import { NO_NUMBER, SHOWN_BY, column, makeField, makeFrame, noticesOf, texts } from './make-frame';
import { seriesField, stateColor, timeField } from './series-frames';
import { byTrouble } from './trouble';
import type { Trouble } from './trouble';

/** Below this a group counts as failing in the number "failing now". */
const FAILING_BELOW = 80;

const SCORE = { min: 0, max: 100, decimals: 0 } as const;

/** `health`, `deductions` and `deduction runs` (rows), `health history` (series), `trouble` (the table) and the number `failing`. */
export function healthFrames(answer: HealthAnswer, context: FrameContext): DataFrame[] {
  const { groups, groupBy, buckets, history, groupsOmitted } = answer;
  const meta = { view: 'health', groupBy };
  const notices = noticesOf(context, { omitted: groupsOmitted });
  const text = (name: string, values: Array<string | undefined>) =>
    makeField(context, name, FieldType.string, texts(values));
  const number = (name: string, values: Array<number | undefined>, config = {}) =>
    makeField(context, name, FieldType.number, column(values), config);
  const deductions = groups.flatMap((group) => group.deductions.map((deduction) => ({ group, deduction })));

  return [
    makeFrame(
      context,
      FRAME.health,
      [
        text(
          HEALTH_FIELD.group,
          groups.map((group) => group.group)
        ),
        number(
          HEALTH_FIELD.score,
          groups.map((group) => group.score),
          SCORE
        ),
        makeField(
          context,
          HEALTH_FIELD.notEnoughData,
          FieldType.boolean,
          groups.map((group) => group.notEnoughData)
        ),
        number(
          HEALTH_FIELD.runs,
          groups.map((group) => group.runs)
        ),
        number(
          HEALTH_FIELD.failed,
          groups.map((group) => group.failed)
        ),
        text(
          HEALTH_FIELD.mostly,
          groups.map((group) => group.mostly)
        ),
        makeField(context, HEALTH_FIELD.since, FieldType.time, column(groups.map((group) => group.since))),
        makeField(
          context,
          HEALTH_FIELD.fine,
          FieldType.other,
          groups.map((group) => group.fine)
        ),
        makeField(
          context,
          HEALTH_FIELD.unchecked,
          FieldType.other,
          groups.map((group) => group.unchecked)
        ),
        makeField(
          context,
          HEALTH_FIELD.uncheckedWhy,
          FieldType.other,
          groups.map((group) => group.uncheckedWhy ?? null)
        ),
      ],
      meta,
      { notices, visualisation: SHOWN_BY.health }
    ),
    makeFrame(
      context,
      FRAME.deductions,
      [
        text(
          DEDUCTION_FIELD.group,
          deductions.map(({ group }) => group.group)
        ),
        text(
          DEDUCTION_FIELD.reason,
          deductions.map(({ deduction }) => deduction.reason)
        ),
        number(
          DEDUCTION_FIELD.points,
          deductions.map(({ deduction }) => deduction.points)
        ),
        number(
          DEDUCTION_FIELD.found,
          deductions.map(({ deduction }) => deduction.found)
        ),
        number(
          DEDUCTION_FIELD.allowed,
          deductions.map(({ deduction }) => deduction.allowed)
        ),
        number(
          DEDUCTION_FIELD.of,
          deductions.map(({ deduction }) => deduction.of)
        ),
        makeField(
          context,
          DEDUCTION_FIELD.runKeys,
          FieldType.other,
          deductions.map(({ deduction }) => deduction.runKeys)
        ),
      ],
      meta,
      { visualisation: SHOWN_BY.health }
    ),
    deductionRunsFrame(answer, context),
    makeFrame(
      context,
      FRAME.healthHistory,
      [
        timeField(context, buckets),
        ...history.map(({ group, values }) =>
          seriesField(context, HEALTH_FIELD.score, group, groupBy, '', values, SCORE)
        ),
      ],
      meta,
      { visualisation: SHOWN_BY.health }
    ),
    troubleFrame(answer, context),
    failingFrame(answer, context),
  ];
}

/** One row per run behind a deduction, so that each has the links of its own `runId`. */
function deductionRunsFrame({ groups, groupBy }: HealthAnswer, context: FrameContext): DataFrame {
  const rows = groups.flatMap(({ group, deductions }) =>
    deductions.flatMap(({ reason, runKeys }) =>
      runKeys.flatMap((key) => {
        const [source, runId, attempt] = key.split('\n');
        // Names of silent workers and instants of missed runs are no keys of runs.
        return source === undefined || runId === undefined || attempt === undefined
          ? []
          : [{ group, reason, source, runId, attempt: Number(attempt) }];
      })
    )
  );
  const text = (name: string, values: string[]) => makeField(context, name, FieldType.string, values);
  return makeFrame(
    context,
    FRAME.deductionRuns,
    [
      text(
        DEDUCTION_FIELD.group,
        rows.map((row) => row.group)
      ),
      text(
        DEDUCTION_FIELD.reason,
        rows.map((row) => row.reason)
      ),
      text(
        RUN_FIELD.source,
        rows.map((row) => row.source)
      ),
      text(
        RUN_FIELD.runId,
        rows.map((row) => row.runId)
      ),
      makeField(context, RUN_FIELD.attempt, FieldType.number, column(rows.map((row) => row.attempt))),
    ],
    { view: 'health', groupBy },
    { visualisation: SHOWN_BY.health }
  );
}

function troubleFrame({ groups, groupBy, groupsOmitted }: HealthAnswer, context: FrameContext): DataFrame {
  const rows = [...groups].sort(troubleFirst);
  const text = (name: string, values: Array<string | undefined>) =>
    makeField(context, name, FieldType.string, texts(values));
  return makeFrame(
    context,
    FRAME.trouble,
    [
      makeField(
        context,
        groupBy === 'task' ? 'task' : HEALTH_FIELD.group,
        FieldType.string,
        rows.map((row) => row.group)
      ),
      makeField(context, HEALTH_FIELD.score, FieldType.number, column(rows.map((row) => row.score)), SCORE),
      text(
        'failedOf',
        rows.map((row) => `${row.failed} / ${row.runs}`)
      ),
      text(
        HEALTH_FIELD.mostly,
        rows.map((row) => row.mostly ?? largestReason(row, context))
      ),
      makeField(context, HEALTH_FIELD.since, FieldType.time, column(rows.map((row) => row.since))),
    ],
    { view: 'health', groupBy },
    { notices: noticesOf(context, { omitted: groupsOmitted }) }
  );
}

/** How many groups are failing, over time; the names of those that are failing now are the series' display name. */
function failingFrame({ groups, groupBy, buckets, history }: HealthAnswer, context: FrameContext): DataFrame {
  const failing = [...groups].sort(troubleFirst).filter(isFailing);
  const values = buckets.map((_, i) => {
    const scores = history.map((line) => line.values[i] ?? null).filter((score): score is number => score !== null);
    return scores.length === 0 ? null : scores.filter((score) => score < FAILING_BELOW).length;
  });
  const time = values.length === 0 ? [context.range.to] : [...buckets];
  // Where nothing can be judged, nobody knows whether anything fails.
  const isJudged = failing.length > 0 || groups.some(({ score }) => score !== undefined);
  const counts = [...values.slice(0, -1), isJudged ? failing.length : null];
  return makeFrame(
    context,
    FRAME.failing,
    [
      timeField(context, time),
      withLinkFilter(
        makeField(context, SERIES_FIELD.value, FieldType.number, column(counts), {
          displayNameFromDS: isJudged
            ? sayNames(failing.map((group) => group.group)) || context.words.noFailures
            : context.words.notEnough,
          ...(isJudged ? stateColor(context, failing.length > 0 ? 'failed' : 'completed') : NO_NUMBER),
          decimals: 0,
        }),
        groupBy,
        failing.map((group) => group.group),
        failing.length > 0 ? 'failed' : undefined
      ),
    ],
    { view: 'health', groupBy }
  );
}

/** A group with too few runs for a score is failing when at least half of them failed: as a nightly job whose only run did. */
function isFailing({ score, failed, runs }: HealthScore): boolean {
  return score === undefined ? failed > 0 && failed * 2 >= runs : score < FAILING_BELOW;
}

function troubleFirst(a: HealthScore, b: HealthScore): number {
  return byTrouble(asTrouble(a), asTrouble(b));
}

function asTrouble({ group, score, runs, failed }: HealthScore): Trouble {
  return { name: group, score, ended: runs, failed };
}

function largestReason({ deductions }: HealthScore, { words }: FrameContext): string | undefined {
  const [largest] = [...deductions].sort((a, b) => b.points - a.points);
  return largest === undefined ? undefined : words.reasons[largest.reason];
}

/** Letters that fit beside a number in a narrow panel. */
const ROOM_FOR_NAMES = 26;

/** At most three names, as many as there is room for but at least one; how many more there are. */
function sayNames(names: readonly string[]): string {
  let count = Math.min(names.length, 3);
  while (count > 1 && names.slice(0, count).join(' · ').length > ROOM_FOR_NAMES) {
    count -= 1;
  }
  const shown = names.slice(0, count).join(' · ');
  return names.length > count ? `${shown} · +${names.length - count}` : shown;
}
