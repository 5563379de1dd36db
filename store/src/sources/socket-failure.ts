import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';

/**
 * Why there is no talking to a socket of this machine, and what to do.
 *
 * @param code of the error: `ENOENT`
 * @param program whose socket it is
 * @param remedy where that program is told who may use it, as a sentence
 */
export function saySocketFailure(code: string, path: string, program: string, remedy: string): string {
  switch (code) {
    case 'ENOENT':
      return `There is no socket ${path}. Check that ${program} runs on this machine, and that this is its path.`;
    case 'EACCES':
    case 'EPERM':
      return `The socket ${path} ${sayOwner(path)}and may not be used by ${userInfo().username}. ${remedy}`;
    case 'ECONNREFUSED':
      return `Nobody listens at the socket ${path}: it was left behind. Check that ${program} runs.`;
    case 'ENOTSOCK':
      return `${path} is no socket. Set the path of ${program}'s.`;
    default:
      return `The socket ${path} could not be used (${code}). Check that it is ${program}'s.`;
  }
}

/** `belongs to root:adm (mode 700) `, as far as it can be seen. */
function sayOwner(path: string): string {
  try {
    const { uid, gid, mode } = statSync(path);
    const user = nameIn('/etc/passwd', uid);
    return `belongs to ${user}:${nameIn('/etc/group', gid)} (mode ${(mode & 0o777).toString(8)}) `;
  } catch {
    // Its folder may not be entered.
    return '';
  }
}

function nameIn(file: string, id: number): string {
  try {
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(id));
    return line?.split(':')[0] ?? String(id);
  } catch {
    return String(id);
  }
}
