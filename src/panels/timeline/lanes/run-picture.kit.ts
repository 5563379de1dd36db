import { FieldType, type DataFrame, type Field } from '@grafana/data';
import { FRAME, RUN_FIELD, type RunlaneMeta } from '../../../frames/field-names';
import { groupKeys } from '../../../frames/group-keys';
import { readRuns, type Reading } from '../../../frames/run-columns';
import { laneRows, type LaneRows } from './lane-rows';

/** One character of a picture lasts a second; pictures begin at this instant. */
export const PICTURE_START = Date.UTC(2026, 0, 1);
const SECOND = 1000;

const STATES: Readonly<Record<string, { state: string; substate?: string }>> = {
  c: { state: 'completed' },
  f: { state: 'failed' },
  l: { state: 'failed', substate: 'lost' },
  k: { state: 'cancelled' },
  r: { state: 'running' },
  p: { state: 'pending' },
  u: { state: 'unknown' },
};

/**
 * Runs drawn as text, for tests. A line is a run: its lane, a bar, then a second each character: `-` waits, a letter
 * runs and says how it ended (c, f, l, k, u) or that it goes on (r) or never began (p); `#2` at the end is its attempt.
 *
 *     mail | --cccc
 *     mail |    -ff      #1
 */
export function framesOfPicture(picture: string): DataFrame[] {
  const lines = picture
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes('|'));
  const runs = lines.map((line, at) => {
    const [lane = '', rest = ''] = line.split('|');
    const [drawn = '', tail = ''] = rest.slice(1).split('#');
    const letters = drawn.replace(/[\s-]/g, '');
    const how = STATES[letters[0] ?? 'p']!;
    const begin = drawn.search(/\S/);
    const start = drawn.search(/[a-z]/);
    const open = how.state === 'running' || how.state === 'pending';
    const [attempt = '1', id = `run-${at}`] = tail.trim().split(' ');
    return {
      lane: lane.trim(),
      queued: PICTURE_START + begin * SECOND,
      started: how.state === 'pending' ? undefined : PICTURE_START + start * SECOND,
      finished: open ? undefined : PICTURE_START + (start + letters.length) * SECOND,
      state: how.state,
      substate: how.substate,
      attempt: Number(attempt) || 1,
      runId: id,
    };
  });
  const field = (name: string, type: FieldType, values: unknown[]): Field => ({ name, type, values, config: {} });
  const meta: RunlaneMeta = { v: 1, view: 'timeline', groupBy: 'task' };
  return [
    {
      name: FRAME.runs,
      length: runs.length,
      meta: { custom: { runlane: meta } },
      fields: [
        field(RUN_FIELD.lane, FieldType.string, runs.map((run) => run.lane)),
        field(RUN_FIELD.task, FieldType.string, runs.map((run) => run.lane)),
        field(RUN_FIELD.queued, FieldType.time, runs.map((run) => run.queued)),
        field(RUN_FIELD.started, FieldType.time, runs.map((run) => run.started ?? null)),
        field(RUN_FIELD.finished, FieldType.time, runs.map((run) => run.finished ?? null)),
        field(RUN_FIELD.state, FieldType.string, runs.map((run) => run.state)),
        field(RUN_FIELD.substate, FieldType.string, runs.map((run) => run.substate ?? null)),
        field(RUN_FIELD.attempt, FieldType.number, runs.map((run) => run.attempt)),
        field(RUN_FIELD.runId, FieldType.string, runs.map((run) => run.runId)),
      ],
    },
  ]; // prettier-ignore
}

export function readPicture(picture: string): { reading: Reading; rows: LaneRows } {
  const result = readRuns(framesOfPicture(picture));
  if (!result.ok) {
    throw new Error(`[run-picture] the picture has no ${result.missing}. Draw at least one run.`);
  }
  const { columns } = result.reading;
  return { reading: result.reading, rows: laneRows(columns, groupKeys(columns, 'lane')) };
}

/** Seconds of a picture as epoch ms. */
export function second(count: number): number {
  return PICTURE_START + count * SECOND;
}
