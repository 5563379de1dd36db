import { resolve } from 'node:path';
import type { Command } from 'commander';
import { pino } from 'pino';
import { createTaskStore, TASK_STORE } from '../../src/connectors/task-store/connector';
import { addStoreOptions } from './agent/command';
import { makeFolders } from './agent/make-folders';
import { createSender } from './agent/sender';
import { openSpool, spoolDirectory } from './agent/spool';
import { readStoreAddress } from './agent/store-address';
import { ConfigFile } from './config/config-file';
import { createCollecting } from './discovery/collecting';
import { createNodeHttp } from './sources/node-http';
import { createSpooledLedger } from './collect/spooled-ledger';

interface CollectFlags {
  config: string;
  data: string;
  store: string;
  spool: string;
  spoolMax: number;
  logLevel: string;
}

const ANSWER_WITHIN_MS = 30_000;
const LEAVE_WITHIN_MS = 5_000;

/** `runlane collect`: the collector alone, for sources that the store cannot reach. */
export function addCollectCommand(program: Command): void {
  addStoreOptions(
    program.command('collect').description('Read the sources of a config file and send what they tell to a task store.')
  )
    .requiredOption('--config <file>', 'YAML file with sources, read again when it changes')
    .option('--data <folder>', 'where it is kept how far each source was read', './runlane-collect')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent', 'info')
    .addHelpText(
      'after',
      '\nRUNLANE_TOKEN is a write token of the store, RUNLANE_READ_TOKEN a read token: by it, what was open before a restart is known again.'
    )
    .action(async (flags: CollectFlags) => {
      try {
        await collect(flags);
      } catch (error) {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
      }
    });
}

/** Until a signal. @throws an error with a message for the user, before anything is read */
async function collect(flags: CollectFlags): Promise<void> {
  const configFile = new ConfigFile(flags.config, process.env);
  const log = pino({ level: flags.logLevel });
  const address = readStoreAddress(flags.store, process.env['RUNLANE_TOKEN']);
  const folder = resolve(flags.data);
  makeFolders(folder);
  const readToken = process.env['RUNLANE_READ_TOKEN'] || undefined;
  const endpoint = { url: address.url, ...(readToken !== undefined && { bearer: readToken }) };
  let told: string | undefined;
  const tell = (sentence: string) => {
    if (sentence !== told) {
      told = sentence;
      log.warn(`[collect] ${sentence}`);
    }
  };
  const ledger = createSpooledLedger({
    spool: openSpool(spoolDirectory(flags.spool, address.url), flags.spoolMax),
    sender: createSender(address),
    store: createTaskStore({ http: createNodeHttp({ endpoint, system: TASK_STORE, timeoutMs: ANSWER_WITHIN_MS }) }),
    notices: { tell },
    random: Math.random,
  });
  const collecting = createCollecting({
    folder,
    ledger,
    now: Date.now,
    random: Math.random,
    log,
  });
  const stopping = new Promise<NodeJS.Signals>((stop) => {
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
  const begin = (config: ConfigFile['current']) => {
    const names = [...config.sources, ...config.discovery].map(({ name }) => name);
    log.info(`[collect] reads ${names.join(', ') || 'nothing: the config names no sources'}`);
    void collecting.configure(config);
  };
  begin(configFile.current);
  const unwatch = configFile.watch(begin, (error) => log.error(`${error.message}\nThe config stays as it was.`));
  log.info({ signal: await stopping }, 'stopping');
  unwatch();
  await collecting.stop();
  await ledger.close(LEAVE_WITHIN_MS);
}
