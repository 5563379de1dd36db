import { isTerminal } from '../../../src/model/lifecycle';
import type { TaskEvent } from '../../../src/model/task-event';

/** What is lost when an event is lost. The more, the later it is dropped. */
export type Weight = 'sample' | 'change' | 'end';

/** An event as one line of NDJSON, without the line feed. */
export interface EventLine {
  text: string;
  weight: Weight;
}

export function toLine(event: TaskEvent): EventLine {
  return { text: JSON.stringify(event), weight: weigh(event) };
}

/** Reads a line back from disk. `undefined` when it is damaged: a write was cut off by a crash or a full disk. */
export function readLine(text: string): EventLine | undefined {
  try {
    const event: unknown = JSON.parse(text);
    return typeof event === 'object' && event !== null
      ? { text, weight: weigh(event as Partial<TaskEvent>) }
      : undefined;
  } catch {
    return undefined;
  }
}

function weigh(event: Partial<TaskEvent>): Weight {
  if (event.state === undefined) {
    return 'sample';
  }
  return isTerminal(event.state) ? 'end' : 'change';
}
