import type { ColumnStretches, Lane } from '../../../src/model/answer';
import { LIFECYCLE_STATES, TROUBLE } from '../../../src/model/lifecycle';
import type { Question } from './question';
import { STATE_NUMBER, SUBSTATE_NUMBER } from './run-row';

const STATES = LIFECYCLE_STATES.length;
/** State numbers, worst first. */
const WORST_FIRST = [...LIFECYCLE_STATES].sort((a, b) => TROUBLE[b] - TROUBLE[a]).map((state) => STATE_NUMBER[state]);
const LOST = (SUBSTATE_NUMBER.get('lost') ?? NaN) + 1;

/** JSON text of a `TimelineAnswer`: the runs themselves up to `mostRuns`, beyond that the worst state per column. */
export function timelineAnswerText(question: Question, mostRuns: number): string {
  const { groups, groupBy, total } = question;
  const lanes = JSON.stringify(lanesOf(question));
  const omitted = groups.omitted === undefined ? '' : `,"lanesOmitted":${groups.omitted}`;
  const head = `{"view":"timeline","groupBy":${JSON.stringify(groupBy)},"lanes":${lanes}${omitted},"total":${total}`;
  if (total > mostRuns) {
    return `${head},"columns":${JSON.stringify(columnsOf(question))}}`;
  }
  const ids: Array<{ begin: number; id: number }> = [];
  for (const { segment, rows, group } of question.each()) {
    rows.forEach((i, k) => {
      if (group[k]! >= 0) {
        ids.push({ begin: segment.begin[i]!, id: segment.firstId + i });
      }
    });
  }
  ids.sort((a, b) => a.begin - b.begin || a.id - b.id);
  const read = question.db.prepare<[number], string>('SELECT run FROM runs WHERE id = ?').pluck();
  const runs = ids.map(({ id }) => read.get(id)).filter((text) => text !== undefined);
  return `${head},"page":{"runs":[${runs.join(',')}],"total":${total},"truncated":${runs.length < total},"skipped":0}}`;
}

function lanesOf(question: Question): Lane[] {
  const lanes: Lane[] = question.groups.names.map((name) => ({ name, counts: {} }));
  const last = new Float64Array(lanes.length).fill(-Infinity);
  for (const { segment, rows, group } of question.each()) {
    for (let k = 0; k < rows.length; k++) {
      const place = group[k]!;
      if (place < 0) {
        continue;
      }
      const i = rows[k]!;
      const lane = lanes[place]!;
      const state = LIFECYCLE_STATES[segment.state[i]!] ?? 'unknown';
      lane.counts[state] = (lane.counts[state] ?? 0) + 1;
      if (segment.substate[i] === LOST) {
        lane.lost = (lane.lost ?? 0) + 1;
      }
      last[place] = Math.max(last[place]!, segment.begin[i]!);
    }
  }
  lanes.forEach((lane, place) => {
    if (last[place]! > -Infinity) {
      lane.lastBeganAt = last[place]!;
    }
  });
  return lanes;
}

/** Which states touch each column of each lane, by differences: +1 where a run begins, -1 behind its end. */
function columnsOf(question: Question): ColumnStretches {
  const { buckets, groups } = question;
  const { step, cap } = buckets;
  const { from, to } = buckets.range;
  const width = Math.max(1, Math.ceil((to - from) / step));
  const kinds = STATES + 1;
  const differences = new Int32Array(groups.names.length * kinds * (width + 1));
  for (const { segment, rows, group } of question.each()) {
    const { begin, end, state, substate } = segment;
    for (let k = 0; k < rows.length; k++) {
      const place = group[k]!;
      if (place < 0) {
        continue;
      }
      const i = rows[k]!;
      const a = Math.max(0, Math.floor((begin[i]! - from) / step));
      const until = Math.min(end[i]!, cap);
      const b = Math.min(width - 1, Math.max(a, Math.ceil((until - from) / step) - 1));
      const row = (place * kinds + state[i]!) * (width + 1);
      differences[row + a]!++;
      differences[row + b + 1]!--;
      if (substate[i] === LOST) {
        const lost = (place * kinds + STATES) * (width + 1);
        differences[lost + a]!++;
        differences[lost + b + 1]!--;
      }
    }
  }
  const out: ColumnStretches = { lane: [], start: [], end: [], state: [], lost: [], count: [] };
  const open = new Int32Array(kinds);
  for (let lane = 0; lane < groups.names.length; lane++) {
    open.fill(0);
    let since = 0;
    let shown = -1;
    let lostShown = 0;
    let most = 0;
    const close = (column: number) => {
      if (shown >= 0) {
        out.lane.push(lane);
        out.start.push(from + since * step);
        out.end.push(Math.min(to, from + column * step));
        out.state.push(shown);
        out.lost.push(lostShown);
        out.count.push(most);
      }
    };
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let kind = 0; kind < kinds; kind++) {
        open[kind]! += differences[(lane * kinds + kind) * (width + 1) + column]!;
        sum += kind < STATES ? open[kind]! : 0;
      }
      const worst = sum === 0 ? -1 : WORST_FIRST.find((state) => open[state]! > 0)!;
      const lost = open[STATES]! > 0 ? 1 : 0;
      if (worst !== shown || lost !== lostShown) {
        close(column);
        since = column;
        shown = worst;
        lostShown = lost;
        most = 0;
      }
      most = Math.max(most, sum);
    }
    close(width);
  }
  return out;
}
