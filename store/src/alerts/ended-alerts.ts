import type Database from 'better-sqlite3';
import type { TimeRange } from '../../../src/model/task-query';
import type { EpochMs } from '../../../src/model/units';
import { episodeOf } from './alert';
import type { Alert } from './alert';

/** Ended alerts kept at most, those that ended last: a task that flaps all day must fill neither memory nor disk. */
export const MOST_ENDED = 10_000;

const TABLE = `
  CREATE TABLE IF NOT EXISTS ended (id TEXT, starts_at INTEGER, alert TEXT NOT NULL, PRIMARY KEY (id, starts_at))
    STRICT, WITHOUT ROWID;
`;

/**
 * Alerts that are over, each time that one fired. They lie in memory, because questions are answered on the thread that
 * takes events, and in a table, for the next start.
 */
export class EndedAlerts {
  /** The first to end comes first. */
  private readonly alerts = new Map<string, Alert>();
  private readonly put: Database.Statement<[string, EpochMs, string]>;
  private readonly drop: Database.Statement<[string, EpochMs]>;

  constructor(
    private readonly db: Database.Database,
    private readonly most = MOST_ENDED
  ) {
    db.exec(TABLE);
    this.put = db.prepare('INSERT OR REPLACE INTO ended (id, starts_at, alert) VALUES (?, ?, ?)');
    this.drop = db.prepare('DELETE FROM ended WHERE id = ? AND starts_at = ?');
    const kept = db.prepare<[], string>('SELECT alert FROM ended').pluck().all();
    for (const alert of kept.map((text) => JSON.parse(text) as Alert).sort((a, b) => endOf(a) - endOf(b))) {
      this.alerts.set(episodeOf(alert), alert);
    }
  }

  add(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      this.alerts.delete(episodeOf(alert));
      this.alerts.set(episodeOf(alert), alert);
      this.put.run(alert.id, alert.startsAt, JSON.stringify(alert));
    }
  }

  /** Those that fired at any moment of the range, the ones that ended last first. */
  during({ from, to }: TimeRange): Alert[] {
    return [...this.alerts.values()]
      .filter((alert) => alert.startsAt < to && endOf(alert) >= from)
      .sort((a, b) => endOf(b) - endOf(a));
  }

  /** Lets go of what ended before `oldest`, and of what is too much. */
  prune(oldest: EpochMs): void {
    const tooMany = this.alerts.size - this.most;
    const gone = [...this.alerts.values()].filter((alert, i) => i < tooMany || endOf(alert) < oldest);
    if (gone.length === 0) {
      return;
    }
    this.db.transaction(() => gone.forEach((alert) => this.drop.run(alert.id, alert.startsAt)))();
    gone.forEach((alert) => this.alerts.delete(episodeOf(alert)));
  }
}

function endOf({ endsAt, lastAt }: Alert): EpochMs {
  return endsAt ?? lastAt;
}
