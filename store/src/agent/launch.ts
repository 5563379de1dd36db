import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import type { Inherited } from './inherited';

/** How a command is started. */
export interface Launch {
  program: string;
  args: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  /** Whether something comes before the command, which then replaces itself by it: same process, same pid. */
  through?: 'prlimit' | 'sh';
}

/** Where the programs are that can restore what Node takes away; `undefined` where they are not. */
export interface LaunchTools {
  prlimit?: string;
  sh?: string;
  /** Whether that shell hands on variables whose names are no identifiers, as bash does. */
  shKeepsNames?: boolean;
}

/** The longest that one variable or argument may be for the system (MAX_ARG_STRLEN), with some room. */
const LONGEST_TEXT = 120_000;
const IDENTIFIER = /^[A-Za-z_]\w*$/;

export function findTools(): LaunchTools {
  const first = (...paths: string[]): string | undefined => paths.find((path) => existsSync(path));
  const sh = first('/bin/sh');
  return {
    prlimit: first('/usr/bin/prlimit', '/bin/prlimit', '/usr/local/bin/prlimit'),
    sh,
    shKeepsNames: sh !== undefined && realpathSync(sh).endsWith('/bash'),
  };
}

export function launchDirectly(
  command: readonly string[],
  environment: Readonly<Record<string, string | undefined>>
): Launch {
  const [program = '', ...args] = command;
  return { program, args, environment };
}

/**
 * How to start a command so that it inherits what it would have inherited without us. Node starts it itself where that
 * will do. `prlimit` restores the limit of open files and leaves everything else alone. For the rest it takes a shell, of which
 * most drop variables with names that are no identifiers: with such names the rest is not restored.
 *
 * @param environment with what the agent adds, which wins over raw values
 */
export function planLaunch(
  command: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  inherited: Inherited,
  tools: LaunchTools
): Launch {
  const { openFiles, ignored, blocked, closed, rawValues, rawArguments } = inherited;
  const directly = launchDirectly(command, environment);
  const ownArguments = [...rawArguments.keys()].some((place) => place < command.length);
  const wantsShell = ignored.length + blocked.length + closed.length + rawValues.size > 0 || ownArguments;
  const names = Object.keys(environment).filter((name) => environment[name] !== undefined);
  const keepsNames = tools.shKeepsNames === true || names.every((name) => IDENTIFIER.test(name));
  // `exec` of some shells takes what begins with a hyphen for an option of its own.
  const mayUseShell = tools.sh !== undefined && keepsNames && !command[0]?.startsWith('-');
  if (openFiles !== undefined && tools.prlimit !== undefined && !(wantsShell && mayUseShell)) {
    return {
      program: tools.prlimit,
      args: [`--nofile=${openFiles}:`, '--', ...command],
      environment,
      through: 'prlimit',
    };
  }
  return (wantsShell || openFiles !== undefined) && mayUseShell && tools.sh !== undefined
    ? throughShell(tools.sh, command, environment, inherited)
    : directly;
}

function throughShell(
  sh: string,
  command: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  inherited: Inherited
): Launch {
  const { openFiles, ignored, blocked, closed, rawValues, rawArguments } = inherited;
  const handed: Record<string, string | undefined> = { ...environment };
  const lines: string[] = [];
  /** Bytes reach the shell in a variable, never as an argument: everybody can read those. */
  const restore = (variable: string, bytes: Buffer): boolean => {
    const carrier = `RUNLANE_BYTES_${lines.length}`;
    const format = toPrintf(bytes);
    if (format.length > LONGEST_TEXT) {
      return false;
    }
    handed[carrier] = format;
    // `$(…)` takes line feeds off the end, so there is an x behind them.
    lines.push(`${variable}=$(printf "\${${carrier}}x"); ${variable}=\${${variable}%x}; unset ${carrier}`);
    return true;
  };

  if (openFiles !== undefined) {
    lines.push(`ulimit -S -n ${openFiles} 2>/dev/null`);
  }
  if (ignored.length > 0) {
    lines.push(`trap '' ${ignored.join(' ')}`);
  }
  for (const [name, bytes] of rawValues) {
    const lossy = bytes.toString('utf8');
    // What the agent has set is not what came in; no shell can set what is no identifier.
    if (environment[name] === lossy && IDENTIFIER.test(name) && restore(name, bytes)) {
      lines.push(`export ${name}`);
    }
  }
  // A shell sets these to what it thinks right.
  for (const name of ['PWD', 'OLDPWD']) {
    const value = environment[name];
    if (value === undefined) {
      lines.push(`unset ${name}`);
    } else if (!rawValues.has(name) && restore(name, Buffer.from(value))) {
      lines.push(`export ${name}`);
    }
  }
  const words = command.map((_word, i) => {
    const bytes = rawArguments.get(command.length - 1 - i);
    return bytes !== undefined && restore(`runlane_word_${i}`, bytes) ? `"$runlane_word_${i}"` : `"\${${i + 1}}"`;
  });
  const run = `${words.join(' ')} ${closed.map((fd) => (fd === 0 ? '<&-' : `${fd}>&-`)).join(' ')}`;
  if (blocked.length > 0) {
    // No shell blocks signals; the `env` of GNU does.
    const flag = `--block-signal=${blocked.map(signalName).join(',')}`;
    lines.push(`if env ${flag} true 2>/dev/null; then exec env ${flag} ${run}; fi`);
  }
  lines.push(`exec ${run}`);
  return { program: sh, args: ['-c', lines.join('\n'), 'runlane', ...command], environment: handed, through: 'sh' };
}

/** A format of printf that gives the bytes: all but letters and digits in octal. */
function toPrintf(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9]/.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`;
    })
    .join('');
}

function signalName(number: number): string {
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? '';
  return name.slice('SIG'.length);
}
