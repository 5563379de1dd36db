import { Command } from 'commander';
import { addAgentCommands } from './agent/command';
import { addCollectCommand } from './collect-command';
import { addDigestCommand } from './digest-command';
import { addStoreCommand } from './store-command';

declare const RUNLANE_VERSION: string;

/** Called by `bin/runlane.mjs`, which tells a bundle that cannot be loaded from one that fails. */
export async function main(): Promise<void> {
  const program = new Command('runlane')
    .description('The Runlane task store and agent.')
    .version(RUNLANE_VERSION)
    .enablePositionalOptions()
    .showHelpAfterError();

  addStoreCommand(program);
  addAgentCommands(program);
  addCollectCommand(program);
  addDigestCommand(program);
  await program.parseAsync();
}
