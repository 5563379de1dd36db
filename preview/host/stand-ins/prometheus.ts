import { DataSourcePlugin } from '@grafana/data';
import type { DataQueryResponse, DataSourceApi, TestDataSourceResponse } from '@grafana/data';
import { DataSourceWithBackend } from '@grafana/runtime';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';

/**
 * Grafana's Prometheus data source as far as others use it: resource calls, which go to Prometheus as they are. It has
 * no query editor of its own here.
 */
class PrometheusStandIn extends DataSourceWithBackend {
  override query(): Observable<DataQueryResponse> {
    return throwError(() => new Error('[preview] Queries of Prometheus itself work in Grafana only.'));
  }

  override async testDatasource(): Promise<TestDataSourceResponse> {
    try {
      const info = await this.getResource<{ data?: { version?: string } }>('api/v1/status/buildinfo');
      return { status: 'success', message: `Prometheus ${info.data?.version ?? ''} answers.` };
    } catch (error) {
      const message = (error as { data?: { message?: string } }).data?.message ?? String(error);
      return { status: 'error', message: `Prometheus does not answer: ${message}.` };
    }
  }
}

export function plugin(): DataSourcePlugin<DataSourceApi> {
  return new DataSourcePlugin<DataSourceApi>(PrometheusStandIn);
}
