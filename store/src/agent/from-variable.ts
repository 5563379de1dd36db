import type { Option } from 'commander';

/**
 * The variable that an option is read from where the flag is not given. An empty one is not set, as where a compose file passes on what
 * nobody has set; one that cannot be read is left out too, and told: it holds for all commands of a machine and must keep none from running.
 */
export function fromVariable(option: Option, name: string): Option {
  return process.env[name] === '' || unreadable(option, name) ? option : option.env(name);
}

function unreadable(option: Option, name: string): boolean {
  try {
    option.parseArg?.(process.env[name] ?? '', undefined);
    return false;
  } catch {
    return true;
  }
}
