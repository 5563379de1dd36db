import type { DataQueryError } from '@grafana/data';
import { ConnectorError } from '../model/connector-error';
import { dataSourceUidOf } from './settings';
import type { RunlaneSettings } from './settings';

/** A failed query as Grafana shows it: what happened, where, what to do; the address where it is about reaching it. */
export function toQueryError(error: unknown, refId: string, settings: RunlaneSettings): DataQueryError {
  return { refId, message: sayError(error, settings) };
}

/** Whether nothing is wrong but that the source cannot tell what was asked. */
export function isNotReported(error: unknown): error is ConnectorError {
  return error instanceof ConnectorError && error.kind === 'not-reported';
}

/** Without the place in front, which is for those who look for a fault. */
export function sayPlainly({ message }: Error): string {
  return message.replace(/^\[[^\]]*\] /, '');
}

export function sayError(error: unknown, settings: RunlaneSettings): string {
  if (error instanceof ConnectorError) {
    const about =
      error.kind === 'unreachable' ||
      error.kind === 'timeout' ||
      error.kind === 'unsupported-version' ||
      error.kind === 'unexpected-shape';
    const { url } = settings;
    return about && url && dataSourceUidOf(settings) === undefined ? `${error.message} Address: ${url}` : error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
