import { useEffect, useState } from 'react';
import {
  rangeUtil,
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  type TimeRange,
} from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { combineLatest, defer, from, mergeMap, timer, type Observable } from 'rxjs';
import type { DurationMs } from '../../../model/units';
import type { TimelineQuery } from './source-questions';

interface SourceAnswer {
  /** What came last; `undefined` before anything did. */
  series: DataFrame[] | undefined;
  /** Whether `series` answers the queries as they are now. */
  current: boolean;
  /** Why there is no answer, in the source's own words. */
  error?: string;
}

const NOTHING: SourceAnswer = { series: undefined, current: false };

/**
 * Asks the data source itself, with the range, variables and filters of the panel's own request, again whenever these or
 * the queries change. A panel gets frames for the queries it was saved with; this is for what it finds out it needs. What
 * is no longer wanted is cancelled.
 */
export function useSource(
  request: DataQueryRequest | undefined,
  queries: TimelineQuery[] | undefined,
  delay: DurationMs
): SourceAnswer {
  const [answer, setAnswer] = useState<SourceAnswer & { key?: string }>(NOTHING);
  const key = queries && JSON.stringify(queries);
  useEffect(() => {
    if (!request || key === undefined) {
      setAnswer(NOTHING);
      return undefined;
    }
    const fail = (error: unknown): void => {
      setAnswer({
        series: undefined,
        current: true,
        key,
        error: error instanceof Error ? error.message : String(error),
      });
    };
    const asking = timer(delay)
      .pipe(mergeMap(() => askSource(request, JSON.parse(key) as TimelineQuery[])))
      .subscribe({
        next: (responses) => {
          const [error] = responses.flatMap(({ errors, error: only }) => errors ?? (only ? [only] : []));
          if (error) {
            fail(new Error(error.message ?? error.data?.message ?? error.statusText));
            return;
          }
          setAnswer({ series: responses.flatMap(({ data }) => data as DataFrame[]), current: true, key });
        },
        error: fail,
      });
    return () => asking.unsubscribe();
  }, [request, key, delay]);
  return key === undefined ? NOTHING : { ...answer, current: answer.key === key };
}

function askSource(request: DataQueryRequest, queries: TimelineQuery[]): Observable<DataQueryResponse[]> {
  const range = rangeNow(request.range);
  return combineLatest(
    queries.map((query) =>
      defer(() => from(getDataSourceSrv().get(query.datasource, request.scopedVars))).pipe(
        mergeMap((source) => {
          const requestId = `${request.requestId}-${query.view}-${query.refId}`;
          return from(source.query({ ...request, range, requestId, targets: [query] }));
        })
      )
    )
  );
}

/** A panel that is fed by a stream keeps its request while time goes on. */
function rangeNow(range: TimeRange): TimeRange {
  return typeof range.raw.to === 'string' ? rangeUtil.convertRawToRange(range.raw) : range;
}
