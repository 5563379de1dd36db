import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Why a command could not be started, as `execvp` would say it; `undefined` when it can. Asked where something else starts it
 * for us, which would say it in words of its own.
 */
export function whyNotFound(program: string, path: string | undefined): 'ENOENT' | 'EACCES' | undefined {
  if (program.includes('/')) {
    return whyNotExecutable(program);
  }
  if (program === '') {
    return 'ENOENT';
  }
  if (path === undefined) {
    // The system has a path of its own then.
    return undefined;
  }
  const reasons = path.split(':').map((folder) => whyNotExecutable(join(folder === '' ? '.' : folder, program)));
  return reasons.includes(undefined) ? undefined : reasons.includes('EACCES') ? 'EACCES' : 'ENOENT';
}

function whyNotExecutable(path: string): 'ENOENT' | 'EACCES' | undefined {
  try {
    const isFile = statSync(path).isFile();
    accessSync(path, constants.X_OK);
    return isFile ? undefined : 'EACCES';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'EACCES' : 'ENOENT';
  }
}
