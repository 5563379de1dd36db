import type { Question } from './question';
import { ArchiveError } from '../archive/archive';
import { decodePlace, encodePlace, firstInOrder } from './run-order';

/** A row with the instant that orders it. */
interface Place {
  begin: number;
  id: number;
}

/** JSON text of a `RunsAnswer`: runs that were alive in the range, in the order asked for, else those that began last first. */
export function runsAnswerText(question: Question): string {
  const { query, total } = question;
  const places = placesOf(question, query.limit + 1);
  const more = places.length > query.limit;
  const shown = places.slice(0, query.limit);
  const runs = shown.map(({ id }) => question.runText(id)).filter((text) => text !== undefined);
  const last = shown[shown.length - 1];
  const next = more && last !== undefined ? `,"next":${JSON.stringify(last.cursor)}` : '';
  return `{"view":"runs","runs":[${runs.join(',')}],"total":${total},"truncated":${more},"skipped":0${next}}`;
}

/** The first rows behind the cursor, each with the cursor of a page that ends with it. */
function placesOf(question: Question, limit: number): Array<{ id: number; cursor: string }> {
  const { sort, cursor } = question.query;
  if (sort !== undefined) {
    const after = cursor === undefined ? undefined : decodePlace(cursor);
    return firstInOrder(question, sort, limit, after).map((row) => ({ id: row.id, cursor: encodePlace(row) }));
  }
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  return newest(question, limit, after).map(({ begin, id }) => ({ id, cursor: `${begin}_${id}` }));
}

function decodeCursor(cursor: string): Place {
  const [begin, id] = (/^-?\d+(?:\.\d+)?_\d+$/.test(cursor) ? cursor : '').split('_').map(Number);
  if (begin === undefined || id === undefined) {
    throw new ArchiveError(
      'bad-query',
      `cursor ${JSON.stringify(cursor.slice(0, 80))} is none of this store. Take it from "next" of the page before.`
    );
  }
  return { begin, id };
}

function isBefore(a: Place, b: Place): boolean {
  return a.begin > b.begin || (a.begin === b.begin && a.id > b.id);
}

/** The first `limit` rows behind `after`, newest first: a heap whose top is the worst of the best so far. */
export function newest(question: Question, limit: number, after?: Place): Place[] {
  const heap: Place[] = [];
  for (const { segment, rows, group } of question.each()) {
    const { begin, firstId } = segment;
    for (let k = rows.length - 1; k >= 0; k--) {
      const i = rows[k]!;
      const at = begin[i]!;
      if (group[k]! < 0 || (heap.length === limit && at < heap[0]!.begin)) {
        continue;
      }
      const place = { begin: at, id: firstId + i };
      if (after !== undefined && !isBefore(after, place)) {
        continue;
      }
      if (heap.length < limit) {
        heap.push(place);
        rise(heap, heap.length - 1);
      } else if (heap.length > 0 && isBefore(place, heap[0]!)) {
        heap[0] = place;
        sink(heap);
      }
    }
  }
  return heap.sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

/** Ids of the first `limit` rows by begin. */
export function earliest(question: Question, limit: number): number[] {
  const places: Place[] = [];
  for (const { segment, rows } of question.each()) {
    for (const i of rows) {
      places.push({ begin: segment.begin[i]!, id: segment.firstId + i });
    }
    if (places.length > 4 * limit + 100_000) {
      places.sort((a, b) => (isBefore(b, a) ? -1 : 1)).splice(limit);
    }
  }
  return places
    .sort((a, b) => (isBefore(b, a) ? -1 : 1))
    .slice(0, limit)
    .map(({ id }) => id);
}

function rise(heap: Place[], from: number): void {
  for (let i = from; i > 0;) {
    const parent = (i - 1) >> 1;
    if (isBefore(heap[i]!, heap[parent]!)) {
      return;
    }
    swap(heap, i, parent);
    i = parent;
  }
}

function sink(heap: Place[]): void {
  for (let i = 0; ;) {
    const left = 2 * i + 1;
    const right = left + 1;
    let last = i;
    if (left < heap.length && isBefore(heap[last]!, heap[left]!)) {
      last = left;
    }
    if (right < heap.length && isBefore(heap[last]!, heap[right]!)) {
      last = right;
    }
    if (last === i) {
      return;
    }
    swap(heap, i, last);
    i = last;
  }
}

function swap(heap: Place[], a: number, b: number): void {
  const held = heap[a]!;
  heap[a] = heap[b]!;
  heap[b] = held;
}
