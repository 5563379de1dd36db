/** @jest-environment ./preview/host/jsdom-environment.cjs */
import { DataTopic, LoadingState, dateTime, toDataFrame } from '@grafana/data';
import type { DataQueryRequest, DataQueryResponse, DataSourceApi, PanelData } from '@grafana/data';
import { Subject, lastValueFrom, of, throwError, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import { runRequest } from './run-request';

const range = { from: dateTime(0), to: dateTime(3_600_000), raw: { from: 'now-1h', to: 'now' } };
const request = (targets: object[] = [{ refId: 'A' }]) =>
  ({ targets, range, requestId: 'R' }) as unknown as DataQueryRequest;
const source = (query: () => Observable<DataQueryResponse> | Promise<DataQueryResponse>, more: object = {}) =>
  ({ query, ...more }) as unknown as DataSourceApi;
const frame = (refId: string, value: number, meta?: object) =>
  toDataFrame({ refId, meta, fields: [{ name: 'value', values: [value] }] });
const values = (data: PanelData | undefined) => data?.series.map(({ fields }) => Number(fields[0]?.values[0]));
const all = (result: Observable<PanelData>) => lastValueFrom(result.pipe(toArray()));

describe('runRequest', () => {
  it('gives the answer of a promise as done', async () => {
    const [only] = await all(
      runRequest(
        source(() => Promise.resolve({ data: [frame('A', 1)] })),
        request()
      )
    );
    expect([only?.state, values(only)]).toEqual([LoadingState.Done, [1]]);
  });

  it('adds up answers with different keys and replaces those with the same', () => {
    const answers = new Subject<DataQueryResponse>();
    const seen: PanelData[] = [];
    runRequest(
      source(() => answers),
      request()
    ).subscribe((data) => seen.push(data));
    answers.next({ key: 'one', data: [frame('A', 1)], state: LoadingState.Streaming });
    answers.next({ key: 'two', data: [frame('B', 2)], state: LoadingState.Streaming });
    answers.next({ key: 'one', data: [frame('A', 3)], state: LoadingState.Streaming });
    expect(seen.map(values)).toEqual([[1], [1, 2], [3, 2]]);
    expect(seen.at(-1)?.state).toBe(LoadingState.Streaming);
  });

  it('lets a relative range move on while it streams', () => {
    const answers = new Subject<DataQueryResponse>();
    let last: PanelData | undefined;
    runRequest(
      source(() => answers),
      request()
    ).subscribe((data) => (last = data));
    answers.next({ data: [], state: LoadingState.Streaming });
    expect(last?.timeRange.to.valueOf()).toBeGreaterThan(range.to.valueOf());
    expect(last?.timeRange.raw).toEqual(range.raw);
  });

  it('keeps annotations apart from series', async () => {
    const data = [frame('A', 1), frame('B', 2, { dataTopic: DataTopic.Annotations })];
    const [only] = await all(
      runRequest(
        source(() => of({ data })),
        request()
      )
    );
    expect([values(only), only?.annotations?.length]).toEqual([[1], 1]);
  });

  it('shows a thrown error, a rejected promise and an error of the stream alike', async () => {
    const failing = [
      source(() => {
        throw new Error('broken');
      }),
      source(() => Promise.reject(new Error('broken'))),
      source(() => throwError(() => new Error('broken'))),
    ];
    for (const one of failing) {
      const [only] = await all(runRequest(one, request()));
      expect([only?.state, only?.error?.message]).toEqual([LoadingState.Error, 'broken']);
    }
  });

  it('keeps the data that came beside an error', async () => {
    const [only] = await all(
      runRequest(
        source(() => of({ data: [frame('A', 1)], errors: [{ refId: 'B', message: 'no' }] })),
        request()
      )
    );
    expect([only?.state, values(only), only?.errors?.length]).toEqual([LoadingState.Error, [1], 1]);
  });

  it('asks nothing when every query is hidden or filtered away', async () => {
    const query = jest.fn(() => of({ data: [] }));
    const filtered = source(query, { filterQuery: () => false });
    const [one] = await all(runRequest(filtered, request()));
    const [two] = await all(runRequest(source(query), request([{ refId: 'A', hide: true }])));
    expect([one?.state, two?.state, query.mock.calls.length]).toEqual([LoadingState.Done, LoadingState.Done, 0]);
  });

  it('ends the query when nobody looks any more', () => {
    const answers = new Subject<DataQueryResponse>();
    const subscription = runRequest(
      source(() => answers),
      request()
    ).subscribe();
    expect(answers.observed).toBe(true);
    subscription.unsubscribe();
    expect(answers.observed).toBe(false);
  });
});
