import type { Worker } from '../../model/answer';
import type { Lack } from '../../model/source-status';
import type { DurationMs, EpochMs } from '../../model/units';
import { compact } from '../../model/read-shape';
import { DAGSTER } from './refuse';
import type { DagsterDaemon, DagsterInstance } from './wire-instance';

/**
 * Daemons beat every 30 s, and a longer silence is a death. Dagster's own `healthy` is not used: it stays true for half an
 * hour after the last heartbeat (1.13.28: killed at 19:15:30, healthy at 19:40:00 still).
 */
const SILENT_MS: DurationMs = 120_000;

const isAlive = ({ beatAt }: DagsterDaemon, now: EpochMs) => beatAt !== undefined && now - beatAt <= SILENT_MS;

/** The daemons that this instance needs. */
export function toWorkers({ daemons }: DagsterInstance, now: EpochMs): Worker[] {
  return daemons
    .filter(({ required }) => required)
    .map((daemon) =>
      compact<Worker>({ source: DAGSTER, name: daemon.type, alive: isAlive(daemon, now), lastSeenAt: daemon.beatAt })
    );
}

/** What a reader of runs must know: who does not look after them, which code does not load. */
export function sayTrouble(instance: DagsterInstance, now: EpochMs): string[] {
  const { daemons, locations } = instance;
  const silent = daemons.filter((daemon) => daemon.required && !isAlive(daemon, now));
  const broken = locations.filter(({ error }) => error !== undefined);
  return [
    ...(silent.length === 0 ? [] : [saySilent(silent)]),
    ...broken.map(({ name, error = '' }) => `Dagster cannot load the code location ${name}: ${firstLine(error)}`),
  ];
}

/** The daemon that looks whether the workers of runs live; an instance that has none set up does not name it. */
const MONITORING = 'MONITORING';

export function lacksOf({ daemons }: DagsterInstance): Lack[] {
  return daemons.length === 0 || daemons.some(({ type, required }) => type === MONITORING && required)
    ? []
    : [
        {
          what: 'that a run died with its machine',
          setting: 'run_monitoring: { enabled: true }',
          message:
            "Nobody looks whether the workers of runs live: a run whose machine or code server died is told as running for ever. Set run_monitoring: { enabled: true } in Dagster's dagster.yaml.",
        },
      ];
}

function saySilent(silent: readonly DagsterDaemon[]): string {
  const names = silent.map(({ type }) => type).join(', ');
  const beats = silent.flatMap(({ beatAt }) => beatAt ?? []);
  const since =
    beats.length === 0 ? 'have never been heard' : `were last heard ${new Date(Math.max(...beats)).toISOString()}`;
  return `Dagster's daemons ${names} ${since}: what they do (schedules, sensors, the queue) stands still. Start dagster-daemon.`;
}

function firstLine(text: string): string {
  const [line = ''] = text.trim().split('\n', 1);
  return `${line.replace(/\.$/, '')}.`;
}
