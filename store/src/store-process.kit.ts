import { Command } from 'commander';
import { addStoreCommand } from './store-command';

// `runlane store` alone, for tests that need a process.
const program = new Command('runlane');
addStoreCommand(program);
await program.parseAsync();
