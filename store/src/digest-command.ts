import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { createTaskStore } from '../../src/connectors/task-store/connector';
import { NO_FILTER } from '../../src/model/task-query';
import { parseDuration } from './agent/durations';
import { fromVariable } from './agent/from-variable';
import { DEFAULT_STORE } from './agent/store-address';
import { LANGUAGES } from './alerts/alerts-config';
import type { Language } from './alerts/alerts-config';
import { readOnlyArchive } from './threads/read-only';
import { DEFAULT_CONFIG } from './config/config';
import type { StoreConfig } from './config/config';
import { ConfigFile } from './config/config-file';
import { collectDigest } from './digest/collect-digest';
import type { AskView } from './digest/collect-digest';
import type { Digest } from './digest/digest';
import { digestMail } from './digest/digest-mail';
import { askArchive, sendDigest } from './digest/send-digest';

const DAY_MS = 86_400_000;
const TIMEOUT_MS = 60_000;

interface DigestFlags {
  config?: string;
  data?: string;
  store: string;
  since?: number;
  to?: number;
  format: 'text' | 'html' | 'json';
  language?: Language;
  send: boolean;
}

/** `runlane digest`. */
export function addDigestCommand(program: Command): void {
  program
    .command('digest')
    .description('Summarise a week: what failed, what is new, what is over, what became slower.')
    .option('--config <file>', "the store's config file, for the section digest")
    .option('--data <folder>', 'folder of an archive on this machine, also of a store that runs')
    .addOption(
      fromVariable(
        new Option('--store <url>', 'where the store is; its token goes into RUNLANE_READ_TOKEN'),
        'RUNLANE_STORE'
      ).default(DEFAULT_STORE)
    )
    .option('--since <duration>', 'length of the period (default: 7d, or as configured)', duration)
    .option('--to <time>', 'end of the period: 2026-01-31T08:00Z or epoch ms (default: now)', time)
    .addOption(new Option('--format <format>', 'what is printed').choices(['text', 'html', 'json']).default('text'))
    .addOption(new Option('--language <language>', 'default: as configured, or en').choices([...LANGUAGES]))
    .option('--send', 'send it by mail, as configured, and print nothing', false)
    .action(async (flags: DigestFlags) => {
      try {
        process.stdout.write(await runDigest(flags));
      } catch (error) {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
      }
    });
}

/** What is printed. Rejects with a sentence for the user. */
async function runDigest(flags: DigestFlags): Promise<string> {
  const config = flags.config === undefined ? DEFAULT_CONFIG : new ConfigFile(flags.config, process.env).current;
  const to = flags.to ?? Date.now();
  const from = to - (flags.since ?? config.digest?.sinceMs ?? 7 * DAY_MS);
  const language = flags.language ?? config.digest?.language ?? 'en';
  const ask = flags.data === undefined ? askStore(flags.store) : askFolder(flags.data, config);
  const { grafanaUrl } = config.alerts;
  if (flags.send) {
    if (config.digest === undefined) {
      throw new Error('[digest] --send needs the section digest of a config file. Give one with --config.');
    }
    await sendDigest(ask, { ...config.digest, language }, { from, to }, grafanaUrl);
    return '';
  }
  return say(await collectDigest(ask, { from, to }), flags.format, language, grafanaUrl);
}

function say(
  digest: Digest,
  format: DigestFlags['format'],
  language: Language,
  grafanaUrl: string | undefined
): string {
  const { text, html } = digestMail(digest, language, grafanaUrl);
  return format === 'json' ? `${JSON.stringify({ v: 1, ...digest }, undefined, 2)}\n` : format === 'html' ? html : text;
}

/** Reads the file beside a store that may be running. */
function askFolder(data: string, config: StoreConfig): AskView {
  const file = join(resolve(data), 'archive.sqlite');
  if (!existsSync(file)) {
    throw new Error(`[digest] There is no archive in ${resolve(data)}. Give the folder of a store with --data.`);
  }
  return askArchive(readOnlyArchive(file, config), Date.now);
}

function askStore(url: string): AskView {
  const token = process.env['RUNLANE_READ_TOKEN'] || process.env['RUNLANE_TOKEN'] || '';
  const connector = createTaskStore({
    http: async (path, init) => {
      const answer = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
        signal: init?.signal ?? AbortSignal.timeout(TIMEOUT_MS),
        ...(token !== '' && { headers: { authorization: `Bearer ${token}` } }),
      }).catch((error: unknown) => {
        throw new Error(`[digest] The store at ${url} does not answer. Start it, or give its address with --store.`, {
          cause: error,
        });
      });
      return { status: answer.status, body: await answer.text() };
    },
  });
  return async (view, range, step, limit) => {
    if (connector.aggregate === undefined) {
      throw new Error('[digest] The store answers no views.');
    }
    return connector.aggregate(
      { query: { view, filter: NO_FILTER, limit }, range, step },
      AbortSignal.timeout(TIMEOUT_MS)
    );
  };
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 60_000 || ms > 92 * DAY_MS) {
    throw new InvalidArgumentError('Give a duration from 1m to 92d, like 7d.');
  }
  return ms;
}

function time(text: string): number {
  const at = /^\d{12,}$/.test(text) ? Number(text) : Date.parse(text);
  if (!(at > 0)) {
    throw new InvalidArgumentError('Give a time like 2026-01-31T08:00Z, or epoch milliseconds.');
  }
  return at;
}
