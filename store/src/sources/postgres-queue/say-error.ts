import { compact } from '../../../../src/model/read-shape';
import type { RunError } from '../../../../src/model/task-run';
import { cut, redactText } from '../../agent/redact';

export const LONGEST_SHOWN = 1_000;
const LONGEST_STACK = 8_000;

interface ErrorTexts {
  type?: string;
  message?: string;
  stack?: string;
}

/** Errors quote what a task was given: redacted and cut. */
export function sayError({ type, message, stack }: ErrorTexts): RunError | undefined {
  const clean = (text: string | undefined, limit: number) =>
    text === undefined || text === '' ? undefined : cut(redactText(text), limit);
  const error = compact<RunError>({
    type: type === '' ? undefined : type,
    message: clean(message, LONGEST_SHOWN),
    stack: clean(stack, LONGEST_STACK),
  });
  return Object.keys(error).length === 0 ? undefined : error;
}
