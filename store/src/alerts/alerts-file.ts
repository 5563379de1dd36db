import Database from 'better-sqlite3';
import type { Alert } from './alert';
import { EndedAlerts } from './ended-alerts';
import type { GroupState } from './group-lane';

/** `RUNA`: tells the file from other SQLite files. */
const APPLICATION_ID = 0x52554e41;
const FORMAT_VERSION = 1;

const TABLES = `
  CREATE TABLE IF NOT EXISTS alerts (id TEXT PRIMARY KEY, alert TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS groups (receiver TEXT, key TEXT, state TEXT NOT NULL, PRIMARY KEY (receiver, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/** What one turn of the work changed. */
export interface Changes {
  alerts: Iterable<[id: string, alert: Alert | undefined]>;
  groups: Iterable<[receiver: string, key: string, state: GroupState | undefined]>;
  /** Alerts that are over, each time that one fired. */
  ended: readonly Alert[];
  /** Number of the archive's change up to which failures were looked at. */
  cursor?: number | undefined;
}

/**
 * What alerts must not forget over a restart, in a SQLite file of its own beside the archive. The cursor is written in the
 * same transaction as what follows from it, so whatever a crash takes away is looked at again.
 */
export class AlertsFile {
  readonly ended: EndedAlerts;
  private readonly db: Database.Database;
  private readonly putAlert: Database.Statement<[string, string]>;
  private readonly dropAlert: Database.Statement<[string]>;
  private readonly putGroup: Database.Statement<[string, string, string]>;
  private readonly dropGroup: Database.Statement<[string, string]>;
  private readonly putNote: Database.Statement<[string, string]>;
  private readonly getNote: Database.Statement<[string], string>;

  /** @throws Error when the file is of another program or of a newer version. */
  constructor(readonly path: string) {
    const db = new Database(path, { timeout: 2_000 });
    this.db = db;
    const application = Number(db.pragma('application_id', { simple: true }));
    const version = Number(db.pragma('user_version', { simple: true }));
    if ((application !== 0 && application !== APPLICATION_ID) || version > FORMAT_VERSION) {
      db.close();
      throw new Error(
        `[alerts] ${path} is ${version > FORMAT_VERSION ? 'of a newer Runlane' : 'a file of another program'}. Move it away and start again.`
      );
    }
    db.pragma('journal_mode = WAL');
    // The last moments before a power failure are found again in the archive, by the cursor.
    db.pragma('synchronous = NORMAL');
    db.exec(TABLES);
    // Not with every start: on a full disk, a store that only answers must not need to write.
    if (application !== APPLICATION_ID || version !== FORMAT_VERSION) {
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${FORMAT_VERSION}`);
    }
    this.ended = new EndedAlerts(db);
    this.putAlert = db.prepare('INSERT OR REPLACE INTO alerts (id, alert) VALUES (?, ?)');
    this.dropAlert = db.prepare('DELETE FROM alerts WHERE id = ?');
    this.putGroup = db.prepare('INSERT OR REPLACE INTO groups (receiver, key, state) VALUES (?, ?, ?)');
    this.dropGroup = db.prepare('DELETE FROM groups WHERE receiver = ? AND key = ?');
    this.putNote = db.prepare('INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)');
    this.getNote = db.prepare<[string], string>('SELECT value FROM notes WHERE name = ?').pluck();
  }

  /** @throws Error when SQLite finds the file damaged. */
  verify(): void {
    const found = this.db.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') {
      throw new Database.SqliteError(String(found), 'SQLITE_CORRUPT');
    }
  }

  alerts(): Alert[] {
    const rows = this.db.prepare<[], string>('SELECT alert FROM alerts').pluck().all();
    return rows.map((text) => JSON.parse(text) as Alert);
  }

  groups(receiver: string): Array<[key: string, state: GroupState]> {
    return this.db
      .prepare<[string], { key: string; state: string }>('SELECT key, state FROM groups WHERE receiver = ?')
      .all(receiver)
      .map(({ key, state }) => [key, JSON.parse(state) as GroupState]);
  }

  /** Lets go of receivers that are no longer configured. */
  keepReceivers(names: readonly string[]): void {
    for (const name of this.db.prepare<[], string>('SELECT DISTINCT receiver FROM groups').pluck().all()) {
      if (!names.includes(name)) {
        this.db.prepare('DELETE FROM groups WHERE receiver = ?').run(name);
      }
    }
  }

  note(name: string): string | undefined {
    return this.getNote.get(name);
  }

  writeNote(name: string, value: string): void {
    this.putNote.run(name, value);
  }

  get cursor(): number | undefined {
    const text = this.note('cursor');
    return text === undefined ? undefined : Number(text);
  }

  forgetCursor(): void {
    this.db.prepare("DELETE FROM notes WHERE name = 'cursor'").run();
  }

  write({ alerts, groups, ended, cursor }: Changes): void {
    this.db.transaction(() => {
      for (const [id, alert] of alerts) {
        if (alert === undefined) {
          this.dropAlert.run(id);
        } else {
          this.putAlert.run(id, JSON.stringify(alert));
        }
      }
      for (const [receiver, key, state] of groups) {
        if (state === undefined) {
          this.dropGroup.run(receiver, key);
        } else {
          this.putGroup.run(receiver, key, JSON.stringify(state));
        }
      }
      this.ended.add(ended);
      if (cursor !== undefined) {
        this.putNote.run('cursor', String(cursor));
      }
    })();
  }

  close(): void {
    this.db.close();
  }
}

/** What to do when the file cannot be read or written, in a sentence. */
export function remedyOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'SQLITE_FULL':
      return 'Make room on its disk.';
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM':
      return 'Let the store write to it and to its folder.';
    default:
      return isDamage(error)
        ? 'The file is damaged: start the store again, which puts it aside and begins a new one.'
        : 'Look after its disk.';
  }
}

/** Whether it is the content that is at fault: a file that SQLite does not understand, or rows that are no JSON. */
export function isDamage(error: unknown): boolean {
  return error instanceof SyntaxError || ['SQLITE_CORRUPT', 'SQLITE_NOTADB'].includes(codeOf(error));
}

/** Why, in a few words. By its shape, as `codeOf`. */
export function reasonOf(error: unknown): string {
  const { message } = Object(error) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

/** Without the details that SQLite appends to some codes. By the code, not the class: better-sqlite3 12 may be loaded twice. */
export function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? (/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? '') : '';
}
