import { rangeUtil } from '@grafana/data';
import type { DataQueryRequest } from '@grafana/data';
import { ConnectorError } from '../model/connector-error';
import type { TimeRange } from '../model/task-query';
import type { RunlaneQuery } from './query';

/** More buckets than a panel has pixels serve nobody; stores refuse them. */
const MOST_BUCKETS = 2000;

/** @throws ConnectorError where the range lies ahead: no run of it failed yet, nor is what runs now known to run then. */
export function demandBegun({ from }: TimeRange, id: string): void {
  if (from > Date.now()) {
    throw new ConnectorError(
      'not-reported',
      id,
      'By the clock of this browser, the time range has not begun. Choose one that has.'
    );
  }
}

export function lastDay(): TimeRange {
  const now = Date.now();
  return { from: now - 86_400_000, to: now };
}

export function rangeOf({ range }: DataQueryRequest<RunlaneQuery>): TimeRange {
  return { from: range.from.valueOf(), to: Math.max(range.to.valueOf(), range.from.valueOf() + 1) };
}

export function endsNow({ range }: DataQueryRequest<RunlaneQuery>): boolean {
  return typeof range.raw.to === 'string' && range.raw.to.trim() === 'now';
}

/** The range as of now: a relative one moves on while a query is followed. */
export function rangeNow(request: DataQueryRequest<RunlaneQuery>): TimeRange {
  if (!endsNow(request)) {
    return rangeOf(request);
  }
  const { from: begin, to: end } = rangeUtil.convertRawToRange(request.range.raw, request.timezone);
  return wholeSeconds({ from: begin.valueOf(), to: end.valueOf() });
}

/** Panels that ask within the same second ask the same, and share the answer. */
function wholeSeconds({ from: begin, to: end }: TimeRange): TimeRange {
  return { from: Math.floor(begin / 1000) * 1000, to: Math.ceil((end + 1) / 1000) * 1000 };
}

/** Width of a bucket: Grafana's interval, which follows from the panel's width and the query options. */
export function stepOf(request: DataQueryRequest<RunlaneQuery>): number {
  const { from: start, to } = rangeOf(request);
  return Math.max(1, Math.round(request.intervalMs || 0), Math.ceil((to - start) / MOST_BUCKETS));
}
