import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { makeFolders } from './agent/make-folders';
import { AlertMetrics } from './alerts/alert-metrics';
import type { AlertsFile } from './alerts/alerts-file';
import { EventAlerts } from './alerts/event-alerts';
import { openAlertsFile } from './alerts/open-alerts-file';
import { giveUpReserve } from './archive/sqlite/reserve';
import { DigestSchedule } from './digest/digest-schedule';
import { askArchive, sendDigest } from './digest/send-digest';
import { createApp } from './api/create-app';
import { createArchiveLedger } from './collect/ledger';
import { createCollecting } from './discovery/collecting';
import { ArchiveError } from './archive/archive';
import { ThreadedArchive } from './threads/threaded';
import { ConfigError } from './config/config';
import type { StoreConfig } from './config/config';
import { ConfigFile } from './config/config-file';

declare const RUNLANE_VERSION: string;

interface StoreFlags {
  data: string;
  host: string;
  port: string;
  config?: string;
  logLevel: string;
}

/** `runlane store`. */
export function addStoreCommand(program: Command): void {
  program
    .command('store')
    .description('Take task events, keep them, and answer questions about them.')
    .option('--data <folder>', 'folder of the archive', './runlane-data')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on, 0 for any free one', '7331')
    .option('--config <file>', 'YAML file, read again when it changes')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent', 'info')
    .addHelpText(
      'after',
      '\nTokens come from RUNLANE_READ_TOKEN and RUNLANE_WRITE_TOKEN, or from the variables named in the config file.'
    )
    .action(async (flags: StoreFlags) => {
      process.exitCode = await runStore(flags);
    });
}

/** The exit code. */
async function runStore(flags: StoreFlags): Promise<number> {
  const complain = (message: string): number => {
    process.stderr.write(`${message}\n`);
    return 1;
  };
  const port = Number(flags.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    return complain(`[store] --port ${flags.port} is no port. Want a number from 0 to 65535.`);
  }
  let configFile: ConfigFile;
  try {
    configFile = new ConfigFile(flags.config, process.env, (config) => openToOthers(flags.host, config));
  } catch (error) {
    if (error instanceof ConfigError) {
      return complain(error.message);
    }
    throw error;
  }
  const log: FastifyBaseLogger = pino({
    level: flags.logLevel,
    redact: ['req.headers.authorization', 'headers.authorization'],
  });

  const folder = resolve(flags.data);
  let archive: ThreadedArchive;
  try {
    makeFolders(folder);
    archive = await ThreadedArchive.open(
      join(folder, 'archive.sqlite'),
      configFile.current,
      new URL('./archive-worker.mjs', import.meta.url),
      Date.now,
      (message) => log.warn(message)
    );
  } catch (error) {
    if (error instanceof ArchiveError) {
      return complain(error.message);
    }
    return complain(
      `[store] The folder ${folder} cannot be used (${error instanceof Error ? error.message : String(error)}). Choose another with --data.`
    );
  }

  let alerts: EventAlerts;
  let alertsFile: AlertsFile;
  try {
    alertsFile = openAlertsFile(join(folder, 'alerts.sqlite'), {
      now: Date.now,
      warn: (text) => log.warn(text),
      makeRoom: () => giveUpReserve(join(folder, 'archive.sqlite')),
    });
    alerts = new EventAlerts(archive, alertsFile, configFile.current.alerts, {
      now: Date.now,
      random: Math.random,
      metrics: new AlertMetrics(),
      log,
    });
    await alerts.start();
  } catch (error) {
    await archive.close();
    return complain(error instanceof Error ? error.message : String(error));
  }

  const collecting = createCollecting({
    folder,
    ledger: createArchiveLedger(archive),
    now: Date.now,
    random: Math.random,
    log,
  });
  const app = await createApp({
    archive,
    config: () => configFile.current,
    now: Date.now,
    version: RUNLANE_VERSION,
    alerts,
    collecting,
    log,
  });
  const stopping = new Promise<NodeJS.Signals>((stop) => {
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
  try {
    await app.listen({
      host: flags.host,
      port,
      listenTextResolver: (address) => `Runlane task store ${RUNLANE_VERSION} listens at ${address}`,
    });
  } catch (error) {
    await alerts.stop();
    await archive.close();
    return complain(explainListen(error, flags));
  }
  void collecting.configure(configFile.current);
  const unwatch = configFile.watch(
    (config) => {
      void archive.configure(config);
      alerts.configure(config.alerts).catch((error: unknown) => log.error({ err: error }, 'alerts stay as they were'));
      void collecting.configure(config);
      log.info({ file: flags.config }, 'the config was read again');
    },
    (error) => log.error(`${error.message}\nThe config stays as it was.`)
  );

  const digests = new DigestSchedule(() => configFile.current.digest, {
    now: Date.now,
    send: (config, to) =>
      sendDigest(
        askArchive(archive, Date.now),
        config,
        { from: to - config.sinceMs, to },
        configFile.current.alerts.grafanaUrl
      ),
    note: (name) => alertsFile.note(name),
    writeNote: (name, value) => alertsFile.writeNote(name, value),
    log,
  });

  const signal = await stopping;
  log.info({ signal }, 'stopping');
  unwatch();
  await collecting.stop();
  await app.close();
  await digests.stop();
  await alerts.stop();
  await archive.close();
  log.info('stopped');
  return 0;
}

/** Without both kinds of tokens, only this machine may reach the store. */
function openToOthers(host: string, { tokens }: StoreConfig): string | undefined {
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  const missing = [tokens.read.length === 0 ? 'read' : '', tokens.write.length === 0 ? 'write' : ''].filter(
    (kind) => kind !== ''
  );
  if (loopback || missing.length === 0) {
    return undefined;
  }
  return `--host ${host} can be reached from other machines, but there is no ${missing.join(' and no ')} token. Set RUNLANE_READ_TOKEN and RUNLANE_WRITE_TOKEN, or listen on 127.0.0.1.`;
}

function explainListen(error: unknown, { host, port }: StoreFlags): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `[store] Port ${port} on ${host} is taken by another program. Stop it, or choose another port with --port.`;
  }
  if (code === 'EACCES') {
    return `[store] Port ${port} may not be used by this user. Choose one above 1023 with --port.`;
  }
  return `[store] Cannot listen on ${host}:${port} (${error instanceof Error ? error.message : String(error)}). Check --host and --port.`;
}
