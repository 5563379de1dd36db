import { Command } from 'commander';
import { addAgentCommands } from './command';

declare const RUNLANE_VERSION: string;

/**
 * An entry of its own, because a wrapped command waits for it: the store's dependencies alone take longer to load than
 * all of this. `bin/runlane.mjs` chooses.
 */
export async function main(): Promise<void> {
  const program = new Command('runlane')
    .description('The Runlane agent.')
    .version(RUNLANE_VERSION)
    .enablePositionalOptions()
    .showHelpAfterError();

  addAgentCommands(program);
  await program.parseAsync();
}
