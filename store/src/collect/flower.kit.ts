import type { Http } from '../../../src/connectors/connector';

/** A row as Flower gives it; times in seconds. */
export interface FlowerRow {
  uuid: string;
  state: string;
  timestamp: number;
  [field: string]: unknown;
}

/** Flower's API as far as its connector asks, over rows in memory. */
export class FlowerUnderTest {
  readonly rows = new Map<string, FlowerRow | 'damaged'>();
  readonly workers = new Map<string, boolean>([['w1', true]]);
  readonly asked: string[] = [];
  /** Thrown instead of an answer. */
  failure: Error | undefined;

  put(...rows: FlowerRow[]): void {
    rows.forEach((row) => this.rows.set(row.uuid, row));
  }

  /** Flower was started anew: it has forgotten everything. */
  restart(): void {
    this.rows.clear();
  }

  readonly http: Http = async (path, init) => {
    init?.signal?.throwIfAborted();
    this.asked.push(path);
    if (this.failure !== undefined) {
      throw this.failure;
    }
    const url = new URL(path, 'http://flower');
    const body = url.pathname === '/api/tasks' ? this.tasks(url.searchParams) : Object.fromEntries(this.workers);
    return { status: 200, body: JSON.stringify(body) };
  };

  private tasks(params: URLSearchParams): Record<string, unknown> {
    const at = (row: FlowerRow | 'damaged') => (row === 'damaged' ? 0 : row.timestamp);
    const wanted = params.get('state');
    const offset = Number(params.get('offset') ?? 0);
    const found = [...this.rows]
      .filter(([, row]) => wanted === null || (row !== 'damaged' && row.state === wanted))
      .sort(([, a], [, b]) => at(b) - at(a));
    return Object.fromEntries(found.slice(offset, offset + Number(params.get('limit'))));
  }
}
