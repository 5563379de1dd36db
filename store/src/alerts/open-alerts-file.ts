import { existsSync, renameSync } from 'node:fs';
import type { EpochMs } from '../../../src/model/units';
import { FULL_CODES } from '../archive/sqlite/reserve';
import { AlertsFile, codeOf, isDamage, reasonOf, remedyOf } from './alerts-file';

export interface OpeningPorts {
  now(): EpochMs;
  warn(message: string): void;
  /** Gives up room on the disk that was kept for this; false when there is none left. */
  makeRoom(): boolean;
}

/**
 * Opens what alerts remember. A damaged file is put aside, which is told, and a new one begun: alerts that fire are told
 * again, which is better than a store that does not start. On a full disk there is room for it as long as some is kept.
 *
 * @throws Error when the file is of another program or of a newer version, or cannot be used at all.
 */
export function openAlertsFile(path: string, ports: OpeningPorts): AlertsFile {
  try {
    return openWhole(path);
  } catch (error) {
    if (FULL_CODES.has(String((error as { code?: unknown }).code)) && ports.makeRoom()) {
      return openAlertsFile(path, ports);
    }
    if (!isDamage(error)) {
      throw codeOf(error) === ''
        ? error
        : new Error(`[alerts] ${path} cannot be used (${reasonOf(error)}). ${remedyOf(error)}`, { cause: error });
    }
    const aside = `${path}.damaged-${new Date(ports.now()).toISOString().replace(/[:.]/g, '-')}`;
    for (const part of ['', '-wal', '-shm']) {
      if (existsSync(path + part)) {
        renameSync(path + part, aside + part);
      }
    }
    ports.warn(
      `[alerts] ${path} is damaged (${reasonOf(error)}) and was put aside as ${aside}; alerts begin anew: those that fire are told again, and those that are over are forgotten. To have them back, stop the store and put a copy from your backup in its place; otherwise delete ${aside}.`
    );
    return openWhole(path);
  }
}

/** All of it is read, so that damage shows now and not when the first alert fires. */
function openWhole(path: string): AlertsFile {
  const file = new AlertsFile(path);
  try {
    file.verify();
    file.alerts();
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
