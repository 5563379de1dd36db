import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Bytes } from '../../../src/model/units';
import { readLine, type EventLine, type Weight } from './event-line';
import { makeFolders } from './make-folders';
import { hasEnded, readStat } from './process-tree';

/**
 * Events on disk until the store has them: one folder per store, in it one segment file per agent, whose name says who
 * owns it. When the owner is dead anyone may claim the segment by renaming it to a name of their own, send it, and
 * delete it. A crash in between sends it again, which does no harm: the store knows events that it has.
 */
export interface Spool {
  readonly directory: string;
  /**
   * Writes the lines, making room where the limit asks for it (what gives way is counted), and returns those for which
   * there is none. They are the caller's: it may still send them, or count them as lost.
   */
  append(lines: readonly EventLine[]): EventLine[];
  /** Counts lines that are lost. */
  countLost(why: keyof Dropped, count?: number): void;
  /** Resolves when everything appended so far is on the disk itself. */
  synced(): Promise<void>;
  /** Own lines from `offset` on, at most about `bytes` of them. */
  read(offset: number, bytes: Bytes): Chunk;
  /** Forgets the own lines: the store has them. */
  reset(): void;
  /** Takes over one segment whose owner is dead, `undefined` when there is none. */
  claim(): Claimed | undefined;
  hasOrphans(): boolean;
  /** Changes when making room has moved the own lines: offsets from before are worthless. */
  generation(): number;
  dropped(): Dropped;
  /** Deletes the own segment when `empty`, else leaves it to others, and writes down what was dropped. */
  close(empty: boolean): void;
}

export interface Chunk {
  lines: string[];
  next: number;
  atEnd: boolean;
}

export interface Claimed {
  read(offset: number, bytes: Bytes): Chunk;
  remove(): void;
}

/**
 * How many events were lost for want of room, by weight; how many lines were found damaged; how many events the store will
 * never take.
 */
export type Dropped = Record<Weight | 'damaged' | 'refused', number>;

export const NOTHING_DROPPED: Readonly<Dropped> = { sample: 0, change: 0, end: 0, damaged: 0, refused: 0 };

export const DEFAULT_SPOOL_LIMIT: Bytes = 64 * 1024 * 1024;
/** An owner in another container cannot be asked whether it lives: it is given up after this silence. */
const FOREIGN_OWNER_SILENCE_MS = 5 * 60_000;
const SEGMENT = /^([0-9a-f]{8})-(\d+)-(\d+)-\d+\.ndjson$/;
const DROPPED_LOG = 'dropped.log';
const DROPPED_LOG_LIMIT: Bytes = 256 * 1024;

/** `$RUNLANE_SPOOL`, else the XDG state folder, else a folder in the temporary directory. */
export function spoolBase(environment: Readonly<Record<string, string | undefined>>): string {
  if (environment['RUNLANE_SPOOL']) {
    return environment['RUNLANE_SPOOL'];
  }
  const home = environment['HOME'] || safely(homedir);
  const state = environment['XDG_STATE_HOME'] || (home ? join(home, '.local', 'state') : undefined);
  return state === undefined
    ? join(tmpdir(), `runlane-spool-${safely(() => userInfo().uid) ?? 'unknown'}`)
    : join(state, 'runlane', 'spool');
}

/** Events of one store never go to another: each has a folder of its own. */
export function spoolDirectory(base: string, storeUrl: string): string {
  const name = storeUrl
    .replace(/^https?:\/\//, '')
    .replace(/[^\w.-]+/g, '_')
    .slice(0, 60);
  return join(base, `${name}-${createHash('sha256').update(storeUrl).digest('hex').slice(0, 8)}`);
}

/** @throws when the folder cannot be made or written to. */
export function openSpool(directory: string, limit: Bytes = DEFAULT_SPOOL_LIMIT): Spool {
  makeFolders(directory, 0o700);
  const owner = whoAmI();
  const dropped: Dropped = { ...NOTHING_DROPPED };
  let serial = 0;
  let generation = 0;
  let own: { path: string; fd: number; size: Bytes } | undefined;
  let syncing: Promise<void> | undefined;
  let syncAgain = false;

  const nextPath = (): string => join(directory, `${owner.place}-${owner.pid}-${owner.start}-${serial++}.ndjson`);

  function segment(): { path: string; fd: number; size: Bytes } {
    // Somebody may have cleared the folder, or (from another container) taken the segment for an orphan's.
    if (own !== undefined && fstatSync(own.fd).nlink === 0) {
      closeSync(own.fd);
      own = undefined;
      generation++;
    }
    if (own === undefined) {
      makeFolders(directory, 0o700);
      const path = nextPath();
      own = { path, fd: openSync(path, 'ax+', 0o600), size: 0 };
    }
    return own;
  }

  function append(lines: readonly EventLine[]): EventLine[] {
    const homeless = lines.filter((line) => !write(line));
    if (lines.some((line) => line.weight !== 'sample')) {
      startSync();
    }
    return homeless;
  }

  function write(line: EventLine): boolean {
    const bytes = Buffer.from(`${line.text}\n`);
    if (!hasRoom(bytes.length, line.weight)) {
      return false;
    }
    const target = segment();
    try {
      if (writeSync(target.fd, bytes) === bytes.length) {
        target.size += bytes.length;
        return true;
      }
    } catch {
      // A full disk; what was written of the line is taken back below.
    }
    safely(() => ftruncateSync(target.fd, target.size));
    return false;
  }

  function hasRoom(needed: Bytes, weight: Weight): boolean {
    if (sizeOf(directory) + needed <= limit) {
      return true;
    }
    if (weight === 'sample') {
      return false;
    }
    compact((line) => line.weight !== 'sample');
    if (sizeOf(directory) + needed > limit && weight === 'end') {
      compact((line) => line.weight === 'end');
    }
    return sizeOf(directory) + needed <= limit;
  }

  /** Rewrites the own segment and those of dead owners with fewer lines. Segments of living agents stay theirs. */
  function compact(keep: (line: EventLine) => boolean): void {
    for (const path of [...(own === undefined ? [] : [own.path]), ...orphans(directory, owner)]) {
      const isOwn = path === own?.path;
      const kept: string[] = [];
      const lost: Array<Weight | 'damaged'> = [];
      for (const text of (safely(() => readFileSync(path, 'utf8')) ?? '').split('\n')) {
        const line = text === '' ? undefined : readLine(text);
        if (line !== undefined && keep(line)) {
          kept.push(`${text}\n`);
        } else if (text !== '') {
          lost.push(line?.weight ?? 'damaged');
        }
      }
      if (lost.length > 0) {
        rewrite(path, kept.join(''), isOwn, lost);
      }
    }
  }

  function rewrite(path: string, content: string, isOwn: boolean, lost: Array<Weight | 'damaged'>): void {
    const target = nextPath();
    try {
      // For an orphan the rename is the claim: of two who try, one fails here.
      if (!isOwn) {
        renameSync(path, target);
      }
      // In place and shrinking, because on a full disk there may be no room for a second copy.
      writeFileSync(isOwn ? path : target, content, { flag: 'r+' });
      const fd = openSync(isOwn ? path : target, 'r+');
      ftruncateSync(fd, Buffer.byteLength(content));
      closeSync(fd);
    } catch {
      return;
    }
    if (isOwn && own !== undefined) {
      own.size = Buffer.byteLength(content);
      generation++;
    }
    for (const weight of lost) {
      dropped[weight]++;
    }
  }

  function startSync(): void {
    if (syncing !== undefined) {
      syncAgain = true;
      return;
    }
    const fd = own?.fd;
    if (fd === undefined) {
      return;
    }
    syncing = new Promise((resolve) => {
      fdatasync(fd, () => {
        syncing = undefined;
        if (syncAgain && own !== undefined) {
          syncAgain = false;
          startSync();
        }
        resolve();
      });
    });
  }

  return {
    directory,
    append,
    countLost: (why, count = 1) => void (dropped[why] += count),
    synced: async () => {
      while (syncing !== undefined) {
        await syncing;
      }
    },
    read: (offset, bytes) =>
      own === undefined ? { lines: [], next: 0, atEnd: true } : readChunk(own.path, offset, bytes, dropped),
    reset: () => {
      if (own !== undefined && own.size > 0) {
        ftruncateSync(own.fd, 0);
        own.size = 0;
        generation++;
      }
    },
    claim: () => {
      for (const path of orphans(directory, owner)) {
        const target = nextPath();
        // Of two who try, one fails here.
        if (safely(() => renameSync(path, target) ?? true) === true) {
          return {
            read: (offset, bytes) => readChunk(target, offset, bytes, dropped),
            remove: () => void safely(() => unlinkSync(target)),
          };
        }
      }
      return undefined;
    },
    hasOrphans: () => orphans(directory, owner).length > 0,
    generation: () => generation,
    dropped: () => ({ ...dropped }),
    close: (empty) => {
      if (own !== undefined) {
        const { fd, path } = own;
        own = undefined;
        safely(() => closeSync(fd));
        if (empty) {
          safely(() => unlinkSync(path));
        }
      }
      logDropped(directory, dropped);
    },
  };
}

/** What lies in a spool folder. */
export interface SpoolStatus {
  events: number;
  bytes: Bytes;
  dropped: Dropped;
}

export function readSpoolStatus(directory: string): SpoolStatus {
  const status: SpoolStatus = { events: 0, bytes: 0, dropped: { ...NOTHING_DROPPED } };
  for (const name of segmentNames(directory)) {
    const text = safely(() => readFileSync(join(directory, name), 'utf8')) ?? '';
    status.bytes += Buffer.byteLength(text);
    status.events += text.split('\n').length - 1;
  }
  for (const line of (safely(() => readFileSync(join(directory, DROPPED_LOG), 'utf8')) ?? '').split('\n')) {
    const entry = (safely(() => JSON.parse(line)) ?? {}) as Partial<Dropped>;
    for (const why of Object.keys(NOTHING_DROPPED) as Array<keyof Dropped>) {
      status.dropped[why] += entry[why] ?? 0;
    }
  }
  return status;
}

function logDropped(directory: string, dropped: Dropped): void {
  const path = join(directory, DROPPED_LOG);
  const any = Object.values(dropped).some((count) => count > 0);
  if (any && (safely(() => statSync(path).size) ?? 0) < DROPPED_LOG_LIMIT) {
    safely(() => appendFileSync(path, `${JSON.stringify({ at: Date.now(), ...dropped })}\n`, { mode: 0o600 }));
  }
}

interface Owner {
  /** Host and process namespace: pids mean something only there. */
  place: string;
  pid: number;
  start: number;
}

function whoAmI(): Owner {
  const namespace = safely(() => readlinkSync('/proc/self/ns/pid')) ?? '';
  return {
    place: createHash('sha256').update(`${hostname()} ${namespace}`).digest('hex').slice(0, 8),
    pid: process.pid,
    start: readStat('self')?.startTicks ?? 0,
  };
}

/** Segments with something in them whose owner is dead. Empty ones are deleted on the way. */
function orphans(directory: string, me: Owner): string[] {
  const found: string[] = [];
  for (const name of segmentNames(directory)) {
    const path = join(directory, name);
    const [, place, pid, start] = SEGMENT.exec(name) ?? [];
    const stats = safely(() => statSync(path));
    if (stats === undefined || (place === me.place && isAlive(Number(pid), Number(start)))) {
      continue;
    }
    if (place !== me.place && Date.now() - stats.mtimeMs < FOREIGN_OWNER_SILENCE_MS) {
      continue;
    }
    if (stats.size === 0) {
      safely(() => unlinkSync(path));
    } else {
      found.push(path);
    }
  }
  return found.sort();
}

/** Whether the very process that had this pid at that start time still runs. */
export function isAlive(pid: number, startTicks: number): boolean {
  const stat = readStat(pid);
  if (stat !== undefined) {
    return stat.startTicks === startTicks && !hasEnded(stat);
  }
  // No /proc (macOS): ask with signal 0. Without a start time, a pid that is used again keeps its segment a while longer.
  return startTicks === 0 && safely(() => process.kill(pid, 0)) === true;
}

function readChunk(path: string, offset: number, bytes: Bytes, dropped: Dropped): Chunk {
  const fd = safely(() => openSync(path, 'r'));
  if (fd === undefined) {
    return { lines: [], next: offset, atEnd: true };
  }
  try {
    const size = fstatSync(fd).size;
    let wanted = bytes;
    let content = readAt(fd, offset, wanted);
    // A line may be longer than a chunk.
    while (content.lastIndexOf(10) < 0 && offset + content.length < size) {
      wanted *= 2;
      content = readAt(fd, offset, wanted);
    }
    const end = content.lastIndexOf(10) + 1;
    const lines: string[] = [];
    for (const text of content.toString('utf8', 0, Math.max(0, end - 1)).split('\n')) {
      if (readLine(text) !== undefined) {
        lines.push(text);
      } else if (text !== '') {
        dropped.damaged++;
      }
    }
    // What follows the last line feed was cut off when its writer died.
    return { lines, next: offset + end, atEnd: offset + content.length >= size };
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, offset: number, bytes: Bytes): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(fd, buffer, 0, bytes, offset));
}

function segmentNames(directory: string): string[] {
  return (safely(() => readdirSync(directory)) ?? []).filter((name) => SEGMENT.test(name));
}

function sizeOf(directory: string): Bytes {
  return segmentNames(directory).reduce(
    (sum, name) => sum + (safely(() => statSync(join(directory, name)).size) ?? 0),
    0
  );
}

function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
