import { existsSync, renameSync } from 'node:fs';
import type { EpochMs } from '../../../src/model/units';
import { AlertsFile, isDamage, reasonOf } from './alerts-file';

/**
 * Opens what alerts remember. A damaged file is put aside, which is told, and a new one begun: alerts that fire are told
 * again, which is better than a store that does not start.
 *
 * @throws Error when the file is of another program or of a newer version, or cannot be used at all.
 */
export function openAlertsFile(path: string, ports: { now(): EpochMs; warn(message: string): void }): AlertsFile {
  try {
    return openWhole(path);
  } catch (error) {
    if (!isDamage(error)) {
      throw error;
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
