import React from 'react';
import { PanelPlugin, formattedValueToString, getValueFormat } from '@grafana/data';
import type { DataFrame, PanelProps } from '@grafana/data';
import { PanelDataErrorView } from '@grafana/runtime';
import { useTheme2 } from '@grafana/ui';

interface Span {
  id: string;
  parent: string;
  name: string;
  service: string;
  /** ms. */
  start: number;
  duration: number;
  failed: boolean;
}

/** Spans as a waterfall, children below their parent. */
function TracesPanel({ data, width, height, fieldConfig, id }: PanelProps) {
  const theme = useTheme2();
  const spans = data.series.flatMap(spansOf);
  if (spans.length === 0) {
    return <PanelDataErrorView panelId={id} fieldConfig={fieldConfig} data={data} />;
  }
  const begin = Math.min(...spans.map(({ start }) => start));
  const total = Math.max(1, Math.max(...spans.map(({ start, duration }) => start + duration)) - begin);
  const label = Math.min(280, width * 0.4);
  const room = width - label - 24;
  return (
    <div style={{ width, height, overflow: 'auto' }} tabIndex={0} role="group" aria-label="Trace">
      {ordered(spans).map(({ span, depth }) => (
        <div key={span.id} style={{ display: 'flex', height: 24, alignItems: 'center' }}>
          <span
            style={{
              width: label,
              paddingLeft: depth * 14,
              overflow: 'hidden',
              textOverflow: 'ellipsis',
              whiteSpace: 'nowrap',
            }}
            title={`${span.service} ${span.name}`}
          >
            <b>{span.service}</b> <span style={{ color: theme.colors.text.secondary }}>{span.name}</span>
          </span>
          <div style={{ position: 'relative', width: room, height: 12 }}>
            <div
              title={`${span.name}: ${formattedValueToString(getValueFormat('ms')(span.duration))}`}
              style={{
                position: 'absolute',
                left: ((span.start - begin) / total) * room,
                width: Math.max(2, (span.duration / total) * room),
                height: 12,
                background: span.failed ? theme.colors.error.main : theme.colors.primary.main,
              }}
            />
          </div>
        </div>
      ))}
    </div>
  );
}

function spansOf(frame: DataFrame): Span[] {
  const column = (name: string) => frame.fields.find((field) => field.name === name)?.values;
  const [ids, parents, names, services, starts, durations, codes] = [
    'spanID',
    'parentSpanID',
    'operationName',
    'serviceName',
    'startTime',
    'duration',
    'statusCode',
  ].map(column);
  return Array.from({ length: ids === undefined ? 0 : frame.length }, (_, row) => ({
    id: String(ids?.[row] ?? ''),
    parent: String(parents?.[row] ?? ''),
    name: String(names?.[row] ?? ''),
    service: String(services?.[row] ?? ''),
    start: Number(starts?.[row] ?? 0),
    duration: Number(durations?.[row] ?? 0),
    failed: Number(codes?.[row]) === 2,
  }));
}

function ordered(spans: readonly Span[]): Array<{ span: Span; depth: number }> {
  const known = new Set(spans.map(({ id }) => id));
  const children = group(spans, known);
  const rows: Array<{ span: Span; depth: number }> = [];
  const seen = new Set<string>();
  const visit = (parent: string, depth: number) => {
    for (const span of (children.get(parent) ?? []).sort((a, b) => a.start - b.start)) {
      if (!seen.has(span.id)) {
        seen.add(span.id);
        rows.push({ span, depth });
        visit(span.id, depth + 1);
      }
    }
  };
  visit('', 0);
  return rows;
}

function group(spans: readonly Span[], known: ReadonlySet<string>): Map<string, Span[]> {
  const children = new Map<string, Span[]>();
  for (const span of spans) {
    const parent = known.has(span.parent) && span.parent !== span.id ? span.parent : '';
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  return children;
}

export function plugin(): PanelPlugin {
  return new PanelPlugin(TracesPanel).useFieldConfig();
}
