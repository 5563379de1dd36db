import type { AnnotationEvent, AnnotationQuery, AnnotationSupport, DataFrame, Field } from '@grafana/data';
import { t } from '@grafana/i18n';
import { of } from 'rxjs';
import { RUN_FIELD } from '../frames/field-names';
import type { Match } from '../model/task-query';
import { AnnotationEditor } from './annotation-editor';
import { filterOf } from './query';
import type { AnnotationKind, RunlaneQuery } from './query';

/** More marks than this hide what they mark. */
const MOST_MARKS = 300;

/** Marks on every panel's time axis: failed runs, lost runs, workers that fell silent. */
export function createAnnotationSupport(): AnnotationSupport<RunlaneQuery> {
  return {
    QueryEditor: AnnotationEditor,
    getDefaultQuery: () => ({ view: 'runs', annotation: 'failures' }),
    prepareQuery: (annotation: AnnotationQuery<RunlaneQuery>) => annotationQuery(annotation.target),
    processEvents: (annotation, frames) => of(eventsOf(frames, annotation.target?.annotation ?? 'failures')),
  };
}

export function annotationQuery(target: RunlaneQuery | undefined): RunlaneQuery {
  const kind = target?.annotation ?? 'failures';
  const base = { ...target, refId: target?.refId ?? 'Anno', annotation: kind, limit: MOST_MARKS, live: false };
  if (kind === 'silent_workers') {
    return { ...base, view: 'workers', frame: 'workers' };
  }
  const filter = filterOf(base);
  const state: Match = { field: 'state', operator: '=', values: [kind === 'lost_runs' ? 'lost' : 'failed'] };
  return { ...base, view: 'runs', frame: 'runs', filter: { ...filter, matches: [...filter.matches, state] } };
}

export function eventsOf(frames: readonly DataFrame[], kind: AnnotationKind): AnnotationEvent[] {
  return frames.flatMap((frame) => (kind === 'silent_workers' ? silentWorkers(frame) : failedRuns(frame)));
}

function failedRuns(frame: DataFrame): AnnotationEvent[] {
  const read = reader(frame);
  const events: AnnotationEvent[] = [];
  for (let row = 0; row < frame.length; row++) {
    const time = read.number(RUN_FIELD.finished, row) ?? read.number(RUN_FIELD.observed, row);
    if (time === undefined) {
      continue;
    }
    const lost = read.text(RUN_FIELD.substate, row) === 'lost';
    const task = read.text(RUN_FIELD.task, row) ?? '';
    const code = read.number(RUN_FIELD.exitCode, row);
    const why = [
      read.text(RUN_FIELD.errorType, row),
      (read.text(RUN_FIELD.error, row) ?? '').split('\n', 1)[0],
      read.text(RUN_FIELD.signal, row),
      code === undefined || code === 0 ? undefined : t('datasource.annotation.exit', 'exit {{code}}', { code }),
      read.text(RUN_FIELD.evidence, row),
    ].filter((part) => part !== undefined && part !== '');
    events.push({
      time,
      title: escapeHtml(
        lost
          ? t('datasource.annotation.lost', '{{task}} lost', { task, interpolation: { escapeValue: false } })
          : t('datasource.annotation.failed', '{{task}} failed', { task, interpolation: { escapeValue: false } })
      ),
      text: escapeHtml(why.join(' · ').slice(0, 500)),
      tags: [
        read.text(RUN_FIELD.queue, row),
        read.text(RUN_FIELD.worker, row),
        read.text(RUN_FIELD.source, row),
      ].filter((tag): tag is string => tag !== undefined),
    });
  }
  return events;
}

function silentWorkers(frame: DataFrame): AnnotationEvent[] {
  const read = reader(frame);
  const events: AnnotationEvent[] = [];
  for (let row = 0; row < frame.length; row++) {
    const time = read.number('lastSeen', row);
    if (time !== undefined && read.text('alive', row) === 'silent') {
      const worker = read.text('worker', row) ?? '';
      events.push({
        time,
        title: escapeHtml(
          t('datasource.annotation.silent', 'Worker {{worker}} fell silent', {
            worker,
            interpolation: { escapeValue: false },
          })
        ),
        text: escapeHtml(read.text('host', row) ?? ''),
        tags: [read.text('source', row)].filter((tag): tag is string => tag !== undefined),
      });
    }
  }
  return events;
}

function reader(frame: DataFrame) {
  const fields = new Map<string, Field>(frame.fields.map((field) => [field.name, field]));
  const at = (name: string, row: number): unknown => fields.get(name)?.values[row];
  return {
    text(name: string, row: number): string | undefined {
      const value = at(name, row);
      return typeof value === 'string' && value !== '' ? value : undefined;
    },
    number(name: string, row: number): number | undefined {
      const value = at(name, row);
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    },
  };
}

/** Grafana draws titles and texts of annotations as HTML; names of tasks are not. */
function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}
