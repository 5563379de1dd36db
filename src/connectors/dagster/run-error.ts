import type { RunError } from '../../model/task-run';
import { compact } from '../../model/read-shape';
import type { PythonError } from './wire-log';

/** What Dagster raises around an exception of the user's; it says no more than what failed. */
const WRAPPER = /^(Dagster\w+Error|RetryRequested\w*|SensorExecutionError|ScheduleExecutionError)$/;

/** What went wrong in the user's code, from what Dagster made of it. */
export function toRunError(error: PythonError): RunError {
  const [cause] = error.causes;
  const { className, message, stack } = cause !== undefined && WRAPPER.test(error.className ?? '') ? cause : error;
  const said = withoutClass(message.trim(), className);
  return compact<RunError>({
    type: className,
    message: said === '' ? undefined : said,
    stack: stack.length === 0 ? undefined : `Traceback (most recent call last):\n${stack.join('')}${message.trimEnd()}`,
  });
}

/** `shop.errors.NoSuchOrder: A-17` → `A-17`. */
function withoutClass(message: string, className = ''): string {
  const [head = ''] = message.split(':', 1);
  return head === className || head.endsWith(`.${className}`) ? message.slice(head.length + 1).trim() : message;
}
