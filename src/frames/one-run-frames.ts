import { FieldType } from '@grafana/data';
import type { DataFrame } from '@grafana/data';
import { RUN_ROLES } from '../model/answer';
import type { RunAnswer, RunDifference } from '../model/answer';
import type { TaskRun } from '../model/task-run';
import { transitionsFrames } from './detail-frames';
import { FAMILY_FIELD, FRAME, ONE_RUN_FIELD, RUN_FIELD } from './field-names';
import type { RunlaneMeta } from './field-names';
import type { FrameContext } from './frame-context';
import { column, makeField, makeFrame, makeStateEnum, texts, typedColumn } from './make-frame';
import { spanFields } from './own-times';
import { runFields } from './run-frame';
import { failuresFrames } from './table-frames';

/**
 * `runs` (the attempts of a run and the runs around it, each with its role), `usual`, `differences`, `family`, and what is
 * known of the attempts as of the view `transitions`. Where no run was found, `runs` are failures to choose from.
 */
export function oneRunFrames(answer: RunAnswer, context: FrameContext): DataFrame[] {
  const { attempts, failures } = answer;
  const { range } = context;
  return [
    runsFrame(answer, context),
    ...transitionsFrames({ view: 'transitions', range, runs: attempts, truncated: false }, context).filter(
      ({ name }) => name !== FRAME.runs
    ),
    usualFrame(answer, context),
    differencesFrame(answer.differences, context),
    familyFrame(answer, context),
    ...failuresFrames({ view: 'failures', step: 1, buckets: [], groups: failures }, context).slice(0, 1),
  ];
}

function runsFrame(answer: RunAnswer, context: FrameContext): DataFrame {
  const { attempts, others, newestFailures = [] } = answer;
  const rows: Array<{ role: string; run: TaskRun }> = [
    ...attempts.map(({ run }) => ({ role: 'attempt', run })),
    ...RUN_ROLES.flatMap((role) => (others[role] === undefined ? [] : [{ role, run: others[role] }])),
    ...newestFailures.map((run) => ({ role: 'newestFailure', run })),
  ];
  const runs = rows.map(({ run }) => run);
  const role = rows.map((row) => row.role);
  return makeFrame(
    context,
    FRAME.runs,
    [
      makeField(context, ONE_RUN_FIELD.role, FieldType.string, role),
      ...runFields(runs, context, {
        state: makeStateEnum(
          context,
          RUN_FIELD.state,
          runs.map((run) => run.state)
        ),
        times: typedColumn,
      }),
    ],
    { view: 'run', run: toldOf(answer) }
  );
}

/** What is known beside the rows. */
function toldOf({ asked, ownFrame, streak, familyOmitted }: RunAnswer): NonNullable<RunlaneMeta['run']> {
  return {
    ...(asked !== undefined && { asked }),
    ...(ownFrame !== undefined && { ownFrame }),
    ...(streak !== undefined && { streak }),
    ...(familyOmitted !== undefined && { familyOmitted }),
  };
}

function usualFrame({ usual }: RunAnswer, context: FrameContext): DataFrame {
  const number = (name: string, values: number[]) => makeField(context, name, FieldType.number, values);
  const figures = usual.map(({ figure }) => figure);
  return makeFrame(
    context,
    FRAME.usual,
    [
      makeField(context, ONE_RUN_FIELD.fact, FieldType.string, figures),
      number(
        ONE_RUN_FIELD.low,
        usual.map(({ low }) => low)
      ),
      number(
        ONE_RUN_FIELD.middle,
        usual.map(({ middle }) => middle)
      ),
      number(
        ONE_RUN_FIELD.high,
        usual.map(({ high }) => high)
      ),
      number(
        RUNS,
        usual.map(({ runs }) => runs)
      ),
    ],
    { view: 'run' }
  );
}

const RUNS = 'runs';

function differencesFrame(differences: readonly RunDifference[], context: FrameContext): DataFrame {
  const field = (name: string, type: FieldType, values: ArrayLike<unknown>) => makeField(context, name, type, values);
  return makeFrame(
    context,
    FRAME.differences,
    [
      field(
        ONE_RUN_FIELD.fact,
        FieldType.string,
        differences.map(({ fact }) => fact)
      ),
      // Texts and numbers: each as its fact is.
      field(
        ONE_RUN_FIELD.own,
        FieldType.other,
        differences.map(({ own }) => own ?? null)
      ),
      field(
        ONE_RUN_FIELD.good,
        FieldType.other,
        differences.map(({ good }) => good ?? null)
      ),
      field(
        ONE_RUN_FIELD.seen,
        FieldType.number,
        differences.map(({ seen }) => seen)
      ),
      field(
        ONE_RUN_FIELD.of,
        FieldType.number,
        differences.map(({ of }) => of)
      ),
    ],
    { view: 'run' }
  );
}

function familyFrame(answer: RunAnswer, context: FrameContext): DataFrame {
  const { family } = answer;
  const text = (name: string, values: Array<string | undefined>) =>
    makeField(context, name, FieldType.string, texts(values));
  const time = (name: string, values: Array<number | undefined>) =>
    makeField(context, name, FieldType.time, typedColumn(values));
  return makeFrame(
    context,
    FRAME.family,
    [
      text(
        RUN_FIELD.task,
        family.map(({ task }) => task)
      ),
      text(
        RUN_FIELD.runId,
        family.map(({ runId }) => runId)
      ),
      text(
        RUN_FIELD.source,
        family.map(({ source }) => source)
      ),
      makeField(context, FAMILY_FIELD.parent, FieldType.number, column(family.map(({ parent }) => parent))),
      makeStateEnum(
        context,
        RUN_FIELD.state,
        family.map(({ state }) => state)
      ),
      text(
        RUN_FIELD.substate,
        family.map(({ substate }) => substate)
      ),
      makeField(
        context,
        FAMILY_FIELD.attempts,
        FieldType.number,
        family.map(({ attempts }) => attempts)
      ),
      time(
        FAMILY_FIELD.began,
        family.map(({ beganAt }) => beganAt)
      ),
      time(
        RUN_FIELD.started,
        family.map(({ startedAt }) => startedAt)
      ),
      time(
        RUN_FIELD.finished,
        family.map(({ endedAt }) => endedAt)
      ),
      text(
        RUN_FIELD.worker,
        family.map(({ worker }) => worker)
      ),
      makeField(
        context,
        FAMILY_FIELD.critical,
        FieldType.boolean,
        family.map(({ critical }) => critical === true)
      ),
      ...spanFields(
        family.map(({ beganAt, endedAt }) => ({ began: beganAt, ended: endedAt })),
        context
      ),
    ],
    { view: 'run', run: toldOf(answer) }
  );
}
