import type { Substate } from '../../model/lifecycle';
import { compact, optional, readArray, readList, readNumber, readObject, readText } from '../../model/read-shape';
import type { Fields } from '../../model/read-shape';
import type { RunError } from '../../model/task-run';
import { pythonError } from '../python-error';

/** What the log of a failed try tells of its end. */
export interface LogEnd {
  error?: RunError;
  /** `SIGKILL`. */
  signal?: string;
  substate?: Substate;
}

/** Exceptions by which Airflow 3 and 2 end a task that runs longer than its `execution_timeout`. */
const TIMEOUTS = ['AirflowTaskTimeout', 'AirflowTaskTimeoutError'];

/** `GET …/logs/{try}`: version 3 gives lines as objects, version 2 one text. @throws ShapeError when it is neither */
export function readLogEnd(value: unknown): LogEnd {
  const { content } = readObject(value, 'answer');
  return typeof content === 'string' ? endOfText(content) : endOfLines(readArray(content, 'content'));
}

/** The last line that has an exception or a signal; a plain text between them says nothing. */
function endOfLines(lines: readonly unknown[]): LogEnd {
  for (const item of [...lines].reverse()) {
    const line = typeof item === 'object' && item !== null ? readObject(item, 'line') : {};
    const signal = optional(line['signal_name'], 'signal_name', readText);
    if (signal !== undefined) {
      const message = optional(line['event'], 'event', readText);
      return { error: compact({ type: signal, message }), signal, substate: 'killed' };
    }
    const [raised] = optional(line['error_detail'], 'error_detail', (list, at) => readList(list, at, readObject)) ?? [];
    if (raised !== undefined) {
      return withSubstate(errorOf(raised));
    }
  }
  return {};
}

function errorOf(raised: Fields): RunError {
  const type = readText(raised['exc_type'], 'exc_type');
  const message = optional(raised['exc_value'], 'exc_value', readText);
  const frames = optional(raised['frames'], 'frames', (list, at) => readList(list, at, frameText)) ?? [];
  const said = message === undefined || message === '' ? type : `${type}: ${message}`;
  const stack = frames.length === 0 ? undefined : ['Traceback (most recent call last):', ...frames, said].join('\n');
  return compact<RunError>({ type, message: message === '' ? undefined : message, stack });
}

function frameText(value: unknown, where: string): string {
  const frame = readObject(value, where);
  const [file, name] = [readText(frame['filename'], 'filename'), readText(frame['name'], 'name')];
  return `  File "${file}", line ${readNumber(frame['lineno'], 'lineno')}, in ${name}`;
}

/** The last traceback; it ends where the next line of the log begins with its time. */
function endOfText(content: string): LogEnd {
  // A list of Python, as Python writes it.
  const text = content.startsWith('[(') ? content.replace(/\\n/g, '\n').replace(/\\(['"\\])/g, '$1') : content;
  const killed = /Task exited with return code (?:Negsignal\.)?(SIG[A-Z0-9]+)/.exec(text)?.[1];
  if (killed !== undefined) {
    return {
      error: { type: killed, message: `Its process was ended by ${killed}` },
      signal: killed,
      substate: 'killed',
    };
  }
  const from = text.lastIndexOf('Traceback (most recent call last):');
  const traceback = from < 0 ? undefined : text.slice(from).split(/\n\[\d{4}-\d{2}-\d{2}T/, 1)[0];
  const error = pythonError(undefined, traceback);
  return error === undefined ? {} : withSubstate(error);
}

function withSubstate(error: RunError): LogEnd {
  return compact<LogEnd>({ error, substate: TIMEOUTS.includes(error.type ?? '') ? 'timed_out' : undefined });
}
