import { InvalidArgumentError, Option, type Command } from 'commander';
import { hostname } from 'node:os';
import { AgentError } from './agent-error';
import { parseBytes, parseDuration } from './durations';
import { fromVariable } from './from-variable';
import { createNotices } from './notices';
import { redactCommand, secretValues } from './redact';
import { taskName, type DeliveryOptions, type RunOptions } from './run-options';
import { DEFAULT_SPOOL_LIMIT, spoolBase } from './spool';
import { DEFAULT_STORE } from './store-address';
import { newRunId } from './trace-context';
import type { CaptureMode } from './stderr-capture';

/** Like `env`, `timeout` and `docker run`: our own failure, not the command's. */
const OWN_FAILURE = 125;
/** The longest that Node's timers can wait. */
const LONGEST_TIMER = 2 ** 31 - 1;
const SHORTEST_INTERVAL = 1000;

interface CommonFlags {
  store: string;
  source: string;
  queue?: string;
  worker: string;
  label: Record<string, string>;
  interval: number;
  spool: string;
  spoolMax: number;
  flusher: boolean;
  quiet: boolean;
}

interface RunFlags extends CommonFlags {
  task?: string;
  runId?: string;
  parent?: string;
  attempt: number;
  maxAttempts?: number;
  retries: number;
  backoff: number;
  timeout?: number;
  killAfter: number;
  captureStderr?: boolean;
}

interface WatchFlags extends CommonFlags {
  task?: string;
  pid: number[];
  match?: RegExp;
}

/** Adds `runlane run`, `watch`, `flush` and `spool`. What they do is loaded when they are called. */
export function addAgentCommands(program: Command): void {
  const run = program
    .command('run')
    .description('Run a command and report how it fares. Its output, exit code and signals stay as they are.')
    .argument('<command...>', 'the command and its arguments, after --')
    .passThroughOptions();
  addCommonOptions(run)
    .option('--task <name>', 'name of the kind of work (default: the program or script)')
    .addOption(new Option('--run-id <id>', 'report under this id: something else has announced the run'))
    .addOption(fromVariable(new Option('--parent <id>', 'id of the run that this one belongs to'), 'RUNLANE_PARENT'))
    .option('--attempt <number>', 'number of this attempt', positive, 1)
    .option('--max-attempts <number>', 'how many attempts there may be', positive)
    .option('--retries <number>', 'run it again up to so many times while it fails', whole, 0)
    .option('--backoff <duration>', 'wait before the first retry; doubles with each', duration, 1000)
    .option('--timeout <duration>', 'stop it after this long (SIGTERM; exit code 124)', duration)
    .option('--kill-after <duration>', 'SIGKILL it when it goes on for so long after --timeout', duration, 5000)
    .option('--capture-stderr', 'keep the ends of stderr as error message, also from a terminal')
    .option('--no-capture-stderr', 'never keep anything of stderr')
    .action(async (command: string[], flags: RunFlags) => {
      const { runCommand } = await import('./run-command');
      await runCommand(readRunOptions(command, flags, process.env));
    });
  withOwnExitCode(run);

  const watch = program.command('watch').description('Report how processes fare that something else has started.');
  addCommonOptions(watch)
    .option('--pid <pid>', 'watch this process (may be repeated)', collectPids, [])
    .option('--match <regex>', 'watch every process whose command line matches', regex)
    .option('--task <name>', 'name of the kind of work (default: the program or script)')
    .action(async (flags: WatchFlags) => {
      const { watchCommand } = await import('./watch-command');
      await reportingErrors(() =>
        watchCommand({
          ...readDelivery(flags),
          source: flags.source,
          task: flags.task,
          worker: flags.worker,
          host: hostname(),
          queue: flags.queue,
          labels: labelsOf(flags),
          pids: flags.pid,
          match: flags.match,
          intervalMs: flags.interval,
        })
      );
    });
  withOwnExitCode(watch);

  const flush = program.command('flush').description('Deliver what waits in the spool.');
  addDeliveryOptions(flush)
    .option('--for <duration>', 'how long to wait for a store that is away', duration, 0)
    .option('--follow', 'go on until a signal', false)
    .action(async (flags: CommonFlags & { for: number; follow: boolean }) => {
      const { flush: deliver } = await import('./flusher');
      await reportingErrors(async () => {
        const empty = await deliver({ ...readDelivery(flags), patienceMs: flags.for, follow: flags.follow });
        process.exit(empty ? 0 : 1);
      });
    });

  const spool = program.command('spool').description('Say what waits in the spool and what was dropped.');
  addDeliveryOptions(spool).action(async (flags: CommonFlags) => {
    const { describeSpool } = await import('./spool-status');
    process.stdout.write(describeSpool(readDelivery(flags)));
  });
}

/** Everything that a run needs to know, from flags and environment. Does not throw: what is wrong shows up later. */
export function readRunOptions(
  command: readonly string[],
  flags: RunFlags,
  environment: Readonly<Record<string, string | undefined>>
): RunOptions {
  return {
    ...readDelivery(flags),
    command,
    args: redactCommand(command, secretValues(environment)),
    source: flags.source,
    task: flags.task ?? taskName(command),
    worker: flags.worker,
    host: hostname(),
    queue: flags.queue,
    labels: labelsOf(flags),
    runId: flags.runId ?? newRunId(),
    announced: flags.runId !== undefined,
    parentId: flags.parent,
    rootId: flags.parent === undefined ? undefined : environment['RUNLANE_ROOT'] || flags.parent,
    attempt: flags.attempt,
    maxAttempts: flags.maxAttempts ?? (flags.retries > 0 ? flags.attempt + flags.retries : undefined),
    retries: flags.retries,
    backoffMs: flags.backoff,
    intervalMs: Math.max(SHORTEST_INTERVAL, flags.interval),
    timeoutMs: flags.timeout,
    killAfterMs: flags.killAfter,
    captureStderr: captureMode(flags.captureStderr),
  };
}

function captureMode(flag: boolean | undefined): CaptureMode {
  return flag === undefined ? 'auto' : flag ? 'always' : 'never';
}

function addCommonOptions(command: Command): Command {
  return addDeliveryOptions(command)
    .addOption(
      fromVariable(new Option('--source <name>', 'name of the system that this belongs to'), 'RUNLANE_SOURCE').default(
        'processes'
      )
    )
    .addOption(fromVariable(new Option('--queue <name>', 'the queue it waited in'), 'RUNLANE_QUEUE'))
    .addOption(
      fromVariable(new Option('--worker <name>', 'who works on it'), 'RUNLANE_WORKER').default(hostname(), 'the host')
    )
    .option('--label <key=value>', 'a label (may be repeated)', collectLabels, {})
    .option('--interval <duration>', 'between samples of CPU and memory, at least 1s', interval, 5000);
}

function addDeliveryOptions(command: Command): Command {
  return addStoreOptions(command)
    .option('--no-flusher', 'start no background process for events that are left')
    .option('--quiet', 'never write to stderr', false);
}

/** Where events go, and where they wait for it. */
export function addStoreOptions(command: Command): Command {
  return command
    .addOption(
      fromVariable(
        new Option('--store <url>', 'where the store is; its token goes into RUNLANE_TOKEN'),
        'RUNLANE_STORE'
      ).default(DEFAULT_STORE)
    )
    .addOption(
      fromVariable(new Option('--spool <directory>', 'where events wait for the store'), 'RUNLANE_SPOOL').default(
        spoolBase(process.env)
      )
    )
    .addOption(
      fromVariable(
        new Option('--spool-max <bytes>', 'size limit of the spool').argParser(bytes),
        'RUNLANE_SPOOL_MAX'
      ).default(DEFAULT_SPOOL_LIMIT, '64M')
    );
}

function readDelivery(flags: CommonFlags): DeliveryOptions {
  const limit = process.env['RUNLANE_SPOOL_MAX'] ?? '';
  if (limit !== '' && parseBytes(limit) === undefined) {
    createNotices(flags.quiet).tell(
      `RUNLANE_SPOOL_MAX is ${JSON.stringify(limit)}, which is no size like 64M or 1G. It is left out.`
    );
  }
  return {
    store: flags.store.replace(/\/+$/, ''),
    token: process.env['RUNLANE_TOKEN'] || undefined,
    spool: flags.spool,
    spoolLimitBytes: flags.spoolMax,
    flusher: flags.flusher,
    quiet: flags.quiet,
  };
}

/** Flags win over `RUNLANE_LABELS=team=mail,owner=ops`. */
function labelsOf(flags: CommonFlags): Record<string, string> | undefined {
  const fromEnvironment = (process.env['RUNLANE_LABELS'] ?? '').split(',').filter((pair) => pair.includes('='));
  const labels = { ...fromEnvironment.reduce((all, pair) => collectLabels(pair, all), {}), ...flags.label };
  return Object.keys(labels).length === 0 ? undefined : labels;
}

function withOwnExitCode(command: Command): void {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : OWN_FAILURE));
}

async function reportingErrors(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AgentError)) {
      throw error;
    }
    process.stderr.write(`${error.message}\n`);
    process.exit(OWN_FAILURE);
  }
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms > LONGEST_TIMER) {
    throw new InvalidArgumentError('Give a duration like 500ms, 5s, 2m or 1h, at most 24 days.');
  }
  return ms;
}

function interval(text: string): number {
  const ms = duration(text);
  if (ms < SHORTEST_INTERVAL) {
    throw new InvalidArgumentError('The shortest interval is 1s.');
  }
  return ms;
}

function bytes(text: string): number {
  const value = parseBytes(text);
  if (value === undefined) {
    throw new InvalidArgumentError('Give a size like 64M or 1G.');
  }
  return value;
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new InvalidArgumentError('Give a whole number.');
  }
  return Number(text);
}

function positive(text: string): number {
  const value = whole(text);
  if (value < 1) {
    throw new InvalidArgumentError('Give a number of at least 1.');
  }
  return value;
}

function collectPids(text: string, before: number[]): number[] {
  return [...before, positive(text)];
}

function collectLabels(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) {
    throw new InvalidArgumentError('Give a label as key=value.');
  }
  return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

function regex(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : 'Not a regular expression.');
  }
}
