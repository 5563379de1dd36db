import { compact } from '../model/read-shape';
import type { RunError } from '../model/task-run';

/** The name that Celery gives to whatever killed a child or ran out of time; it says nothing (5.2.6 to 5.7.0). */
const WRAPPER = 'ExceptionWithTraceback';

/**
 * What went wrong, from the `repr` of the exception and the traceback. The repr names the class, except where a child
 * was killed or ran out of time: then only the last line of the traceback does.
 */
export function pythonError(exception: string | undefined, traceback: string | undefined): RunError | undefined {
  if (exception === undefined && traceback === undefined) {
    return undefined;
  }
  const last = lastLine(traceback ?? '');
  const repr = /^([A-Za-z_][\w.]*)\(([^]*)\)$/.exec(exception ?? '');
  const named = repr === null || repr[1] === WRAPPER ? undefined : shortName(repr[1] ?? '');
  const type = named ?? last?.type;
  const plain = repr === null ? exception : undefined;
  const message = plain ?? (last !== undefined && last.type === type ? last.message : unquote(repr?.[2] ?? ''));
  return compact<RunError>({
    type: plain === undefined ? type : undefined,
    message: message === '' ? undefined : message,
    stack: traceback === undefined || traceback.trim() === '' ? undefined : traceback.trimEnd(),
  });
}

/** The exception's own line: the first that is not indented after the last frame; messages may have more lines. */
function lastLine(traceback: string): { type: string; message: string } | undefined {
  const lines = traceback.trimEnd().split('\n');
  let frame = lines.length - 1;
  while (frame >= 0 && !/^\s+File "/.test(lines[frame] ?? '')) {
    frame--;
  }
  const at = lines.findIndex((line, index) => index > frame && /^[A-Za-z_]/.test(line));
  const found = /^([A-Za-z_][\w.]*)(?:: ([^]*))?$/.exec(at < 0 ? '' : lines.slice(at).join('\n'));
  return found === null ? undefined : { type: shortName(found[1] ?? ''), message: found[2] ?? '' };
}

function shortName(dotted: string): string {
  return dotted.slice(dotted.lastIndexOf('.') + 1);
}

/** `'no such order'` → `no such order`; anything else as it is. */
function unquote(text: string): string {
  const quoted = /^(['"])([^]*)\1$/.exec(text);
  return quoted === null ? text : (quoted[2] ?? '');
}
