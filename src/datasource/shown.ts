import { LoadingState } from '@grafana/data';
import type { DataFrame, DataQueryError, DataQueryResponse } from '@grafana/data';
import { combineLatest, Observable } from 'rxjs';

/** What one target shows: its frames, or why it has none (or old ones). */
export interface Shown {
  frames: DataFrame[];
  error?: DataQueryError;
  state: LoadingState;
}

/** A failure becomes a value, so that one target's failure leaves the others as they are. */
export function catchShown(source: Observable<Shown>, fail: (error: unknown) => Shown): Observable<Shown> {
  return new Observable((observer) =>
    source.subscribe({
      next: (value) => observer.next(value),
      error: (error: unknown) => {
        observer.next(fail(error));
        observer.complete();
      },
      complete: () => observer.complete(),
    })
  );
}

/** The states of all targets whenever one changes; targets that have not answered yet are empty and loading. */
export function combineShown(targets: ReadonlyArray<Observable<Shown>>): Observable<Shown[]> {
  const loading: Shown = { frames: [], state: LoadingState.Loading };
  return combineLatest(
    targets.map(
      (target) =>
        new Observable<Shown>((observer) => {
          let answered = false;
          const subscription = target.subscribe({
            next: (value) => {
              answered = true;
              observer.next(value);
            },
            error: (error: unknown) => observer.error(error),
            complete: () => observer.complete(),
          });
          if (!answered && targets.length > 1) {
            observer.next(loading);
          }
          return subscription;
        })
    )
  );
}

/** One answer to Grafana of all targets. */
export function toResponse(states: readonly Shown[], key: string): DataQueryResponse {
  const errors = states.flatMap((shown) => (shown.error === undefined ? [] : [shown.error]));
  const has = (state: LoadingState) => states.some((shown) => shown.state === state);
  return {
    key,
    data: states.flatMap((shown) => shown.frames),
    ...(errors.length === 0 ? {} : { errors }),
    state: has(LoadingState.Loading)
      ? LoadingState.Loading
      : has(LoadingState.Streaming)
        ? LoadingState.Streaming
        : errors.length > 0
          ? LoadingState.Error
          : LoadingState.Done,
  };
}
