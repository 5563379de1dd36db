import { useEffect, useState } from 'react';
import type { DataSourceInstanceSettings } from '@grafana/data';
import { getDataSourceSrv, isFetchError } from '@grafana/runtime';

/** What Prometheus says to a question for label values. */
export type LabelValues =
  { state: 'asking' } | { state: 'known'; values: ReadonlySet<string> } | { state: 'away'; reason: string };

/** A Prometheus that does not answer must not keep the user waiting: what is asked is only a help. */
const PATIENCE_MS = 10_000;
const ASKING: LabelValues = { state: 'asking' };

/** The data sources that understand Prometheus' interface, its siblings with a cloud's sign-in among them. */
export function isPrometheus({ type }: Pick<DataSourceInstanceSettings, 'type'>): boolean {
  return type.includes('prometheus');
}

/** The default data source if it is a Prometheus, else the first one. `undefined`: there is none that the user may ask. */
export function preferredPrometheus(): string | undefined {
  // Grafana adds its built-in "-- Grafana --" to every list.
  const all = getDataSourceSrv().getList({ filter: isPrometheus }).filter(isPrometheus);
  return (all.find(({ isDefault }) => isDefault) ?? all[0])?.uid;
}

/** The values of a label, asked through the user's own data source. Without a uid or a label nothing is asked. */
export function useLabelValues(uid: string | undefined, label: string | undefined, match?: string): LabelValues {
  const question = uid === undefined || label === undefined ? undefined : JSON.stringify([uid, label, match]);
  const [answer, setAnswer] = useState<{ to?: string; values: LabelValues }>({ values: ASKING });
  useEffect(() => {
    if (uid === undefined || label === undefined) {
      return undefined;
    }
    let isWanted = true;
    const tell = (values: LabelValues): void => {
      if (isWanted) {
        isWanted = false;
        clearTimeout(patience);
        setAnswer({ to: question, values });
      }
    };
    const patience = setTimeout(() => tell({ state: 'away', reason: '' }), PATIENCE_MS);
    ask(uid, label, match).then(
      (values) => tell({ state: 'known', values }),
      (error: unknown) => tell({ state: 'away', reason: reasonOf(error) })
    );
    return () => {
      isWanted = false;
      clearTimeout(patience);
    };
  }, [uid, label, match, question]);
  return answer.to === question ? answer.values : ASKING;
}

async function ask(uid: string, label: string, match: string | undefined): Promise<ReadonlySet<string>> {
  const source: object = await getDataSourceSrv().get({ uid });
  if (!hasResources(source)) {
    throw new Error('This data source has no resources to ask.');
  }
  const params = match === undefined ? {} : { 'match[]': match };
  const answer = await source.getResource(`api/v1/label/${label}/values`, params, { showErrorAlert: false });
  const values = typeof answer === 'object' && answer !== null ? (answer as { data?: unknown }).data : undefined;
  if (!Array.isArray(values)) {
    throw new Error('The answer is not that of a Prometheus.');
  }
  return new Set(values.filter((value): value is string => typeof value === 'string'));
}

interface Resources {
  getResource(path: string, params?: object, options?: object): Promise<unknown>;
}

function hasResources(source: object): source is Resources {
  return typeof (source as Partial<Resources>).getResource === 'function';
}

function reasonOf(error: unknown): string {
  if (isFetchError(error)) {
    const { data, status, statusText } = error;
    const said: unknown = (data as { message?: unknown } | undefined)?.message;
    return typeof said === 'string' && said !== '' ? said : [status, statusText].filter(Boolean).join(' ');
  }
  return error instanceof Error ? error.message : String(error);
}
