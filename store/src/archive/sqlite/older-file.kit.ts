import Database from 'better-sqlite3';

/** Formats of before had nothing sealed: takes that away from a file in which nothing is. */
export function withoutSealed(db: Database.Database): void {
  for (const table of ['', '_columns', '_filters', '_keys', '_texts', '_gone', '_sums']) {
    db.exec(`DROP TABLE sealed${table}`);
  }
}

/** Makes a file one of format 6: what is sealed was not summed up. */
export function toFormat6(file: string): void {
  const db = new Database(file);
  db.exec('DROP TABLE sealed_sums');
  db.pragma('user_version = 6');
  db.close();
}

/** Makes a file in which nothing is sealed one of format 5. */
export function toFormat5(file: string): void {
  const db = new Database(file);
  withoutSealed(db);
  db.pragma('user_version = 5');
  db.close();
}
