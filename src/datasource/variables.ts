import { CustomVariableSupport } from '@grafana/data';
import type { DataQueryRequest, DataQueryResponse } from '@grafana/data';
import { from, map, Observable } from 'rxjs';
import type { ValueSource } from './filters-editor';
import { KnownValues } from './known-values';
import type { RunlaneQuery, RunlaneVariableQuery } from './query';
import { VariableEditor } from './variable-editor';

/** Dashboard variables: the known values of a field, narrowed by other variables. */
export class RunlaneVariables extends CustomVariableSupport<ValueSource, RunlaneVariableQuery, RunlaneQuery> {
  override editor = VariableEditor;
  private readonly known = new KnownValues();

  constructor(private readonly dataSource: ValueSource) {
    super();
  }

  override query(request: DataQueryRequest<RunlaneVariableQuery>): Observable<DataQueryResponse> {
    const target = request.targets[0];
    if (target === undefined) {
      return from([{ data: [] }]);
    }
    return new Observable<string[]>((observer) => {
      const life = new AbortController();
      const range = { from: request.range.from.valueOf(), to: request.range.to.valueOf() };
      const ask = async () => {
        const field = target.field ?? 'task';
        const filter = await this.dataSource.narrowFilter(target, request.scopedVars, request.range);
        if (filter === undefined) {
          return [];
        }
        const { from: begin, to: end } = request.range.raw;
        const key = JSON.stringify([field, filter, String(begin), String(end)]);
        return this.known.get(key, life.signal, (signal) => this.dataSource.values(field, filter, range, signal));
      };
      const subscription = from(ask()).subscribe(observer);
      return () => {
        subscription.unsubscribe();
        life.abort(new Error('The query was cancelled.'));
      };
    }).pipe(
      map((values) => ({ data: values.filter((value) => value !== '').map((value) => ({ text: value, value })) }))
    );
  }

  override getDefaultQuery(): Partial<RunlaneVariableQuery> {
    return { field: 'task' };
  }
}
