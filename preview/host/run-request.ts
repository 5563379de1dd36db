import { Observable, from } from 'rxjs';
import { DataTopic, LoadingState, dateMath, isDateTime } from '@grafana/data';
import type {
  DataFrame,
  DataQueryError,
  DataQueryRequest,
  DataQueryResponse,
  DataSourceApi,
  PanelData,
  TimeRange,
} from '@grafana/data';

/** A quick answer must not flash a loading bar: only what takes longer than this shows one, in ms. */
const SHOW_LOADING_AFTER = 200;

/**
 * Runs the queries of one panel and says how they stand. Answers with different keys add up; a later answer with the
 * same key (its own, or the refId of its first frame) takes the place of the earlier one. Unsubscribing ends the query.
 */
export function runRequest(
  datasource: DataSourceApi,
  request: DataQueryRequest,
  queryFunction?: (request: DataQueryRequest) => Promise<DataQueryResponse> | Observable<DataQueryResponse>
): Observable<PanelData> {
  return new Observable((observer) => {
    const targets = request.targets.filter(
      (query) => query.hide !== true && (queryFunction !== undefined || (datasource.filterQuery?.(query) ?? true))
    );
    const asked = { ...request, targets };
    let latest: PanelData = { state: LoadingState.Loading, series: [], timeRange: request.range, request: asked };
    if (targets.length === 0) {
      observer.next({ ...latest, state: LoadingState.Done });
      observer.complete();
      return undefined;
    }

    const packets = new Map<string, DataQueryResponse>();
    const loading = setTimeout(() => observer.next(latest), SHOW_LOADING_AFTER);
    const emit = (data: PanelData) => {
      clearTimeout(loading);
      latest = data;
      observer.next(data);
    };
    const fail = (error: unknown) => {
      const known = queryErrorOf(error);
      if ((error as { cancelled?: boolean } | null)?.cancelled === true) {
        emit({ ...latest, state: LoadingState.Done });
      } else {
        emit({ ...latest, state: LoadingState.Error, error: known, errors: [known] });
      }
      observer.complete();
    };

    try {
      const answers = from(queryFunction?.(asked) ?? datasource.query(asked));
      const subscription = answers.subscribe({
        next: (packet) => {
          packets.set(keyOf(packet), packet);
          emit(merge(packets, packet, asked));
        },
        error: fail,
        complete: () => {
          if (latest.state === LoadingState.Loading) {
            emit({ ...latest, state: LoadingState.Done });
          }
          observer.complete();
        },
      });
      return () => {
        clearTimeout(loading);
        subscription.unsubscribe();
      };
    } catch (error) {
      fail(error);
      return undefined;
    }
  });
}

/** From whatever a data source threw: an Error, a failed fetch with its body, a text. */
function queryErrorOf(error: unknown): DataQueryError {
  if (typeof error !== 'object' || error === null) {
    return { message: String(error) };
  }
  const { message, data, status, statusText, refId } = error as DataQueryError;
  return {
    message: message ?? data?.message ?? data?.error ?? statusText ?? 'Query failed',
    data,
    status,
    statusText,
    refId,
  };
}

function keyOf({ key, data }: DataQueryResponse): string {
  const first: { refId?: string } | undefined = data?.[0];
  return key ?? first?.refId ?? 'A';
}

function merge(
  packets: ReadonlyMap<string, DataQueryResponse>,
  newest: DataQueryResponse,
  request: DataQueryRequest
): PanelData {
  const all = [...packets.values()];
  const frames = all.flatMap(({ data }) => (data ?? []) as DataFrame[]);
  const errors = all.flatMap(
    ({ error, errors: several }) => several ?? (error === undefined ? [] : [error])
  ) as DataQueryError[];
  const state = errors.length > 0 ? LoadingState.Error : (newest.state ?? LoadingState.Done);
  return {
    state,
    series: frames.filter(({ meta }) => meta?.dataTopic !== DataTopic.Annotations),
    annotations: frames.filter(({ meta }) => meta?.dataTopic === DataTopic.Annotations),
    error: errors[0],
    errors: errors.length > 0 ? errors : undefined,
    request,
    timeRange: state === LoadingState.Streaming ? slid(request.range) : request.range,
  };
}

/** A relative range moves on with the stream; an absolute one stays. */
function slid(range: TimeRange): TimeRange {
  const { from: start, to: end } = range.raw;
  if (isDateTime(start) || isDateTime(end)) {
    return range;
  }
  const now = { from: dateMath.toDateTime(start, { roundUp: false }), to: dateMath.toDateTime(end, { roundUp: true }) };
  return now.from === undefined || now.to === undefined ? range : { from: now.from, to: now.to, raw: range.raw };
}
