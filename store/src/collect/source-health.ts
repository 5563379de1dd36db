import { ConnectorError } from '../../../src/model/connector-error';
import type { Reports } from '../../../src/connectors/connector';
import type { Lack, SourceStatus } from '../../../src/model/source-status';
import type { EpochMs } from '../../../src/model/units';
import { ArchiveError } from '../archive/archive';
import type { CollectMetrics } from './collect-metrics';
import type { Cursor } from './cursor';
import { systemOf } from './source-config';
import type { SourceConfig } from './source-config';

/** What is seen of a source while it is read: for `/api/v1/sources`, and counted for `/metrics`. */
export class SourceHealth {
  failures = 0;
  private up: boolean | undefined;
  private lastPollAt: EpochMs | undefined;
  private lastGoodAt: EpochMs | undefined;
  private lastError: SourceStatus['lastError'];
  private lacks: Lack[] = [];
  private notices: string[] = [];
  private readonly counts = { collected: 0, skipped: 0, truncated: 0 };

  constructor(
    private readonly config: SourceConfig,
    private readonly reports: Reports,
    private readonly metrics: CollectMetrics
  ) {
    metrics.begin(config.name);
  }

  count(what: 'collected' | 'skipped' | 'truncated', number: number): void {
    this.counts[what] += number;
    this.metrics[what].inc({ source: this.config.name }, number);
  }

  succeed(at: EpochMs, notices: Iterable<string>): void {
    this.failures = 0;
    this.up = true;
    this.lastPollAt = at;
    this.lastGoodAt = at;
    this.notices = [...notices];
    this.metrics.succeed(this.config.name, at);
  }

  /** @returns what happened, in words for whoever runs the store */
  fail(at: EpochMs, error: unknown): string {
    const { name } = this.config;
    const kind = kindOf(error);
    const message = inWordsOfTheStore(error instanceof Error ? error.message : String(error), name);
    this.failures++;
    this.up = false;
    this.lastPollAt = at;
    this.lastError = { at, kind, message };
    this.metrics.fail(name, kind);
    return message;
  }

  learn(lacks: Lack[]): void {
    this.lacks = lacks;
    this.metrics.learn(this.config.name, lacks.length);
  }

  status({ doneTo }: Cursor, vanished: number, now: EpochMs): SourceStatus {
    const { config, up, lastPollAt, lastGoodAt, lastError, reports } = this;
    const { name, system, endpoint, everyMs, foundBy } = config;
    return {
      name,
      system,
      systemName: systemOf(config).name,
      ...(endpoint !== undefined && { url: endpoint.url }),
      ...(foundBy !== undefined && { foundBy }),
      everyMs,
      ...(up !== undefined && { up }),
      ...(lastPollAt !== undefined && { lastPollAt }),
      ...(lastGoodAt !== undefined && { lastGoodAt }),
      ...(doneTo !== undefined && { lagMs: Math.max(0, now - doneTo) }),
      ...this.counts,
      vanished,
      ...(lastError !== undefined && { lastError }),
      unreported: Object.entries(reports).flatMap(([fact, isReported]) => (isReported === true ? [] : fact)),
      lacks: this.lacks,
      notices: this.notices,
    };
  }
}

function kindOf(error: unknown): string {
  return error instanceof ConnectorError ? error.kind : error instanceof ArchiveError ? 'archive' : 'unexpected';
}

/** Connectors name the place where most people set them up; this source is set up elsewhere. */
function inWordsOfTheStore(message: string, name: string): string {
  return message.replaceAll('the data source settings', `sources.${name} of the store's config`);
}
