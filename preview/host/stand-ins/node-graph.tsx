import React, { useMemo } from 'react';
import { PanelPlugin, formattedValueToString } from '@grafana/data';
import type { DataFrame, Field, PanelProps } from '@grafana/data';
import { PanelDataErrorView } from '@grafana/runtime';
import { DataLinksContextMenu, useTheme2 } from '@grafana/ui';
import { layerNodes } from './node-layers';

/** Sizes in CSS pixels. */
const NODE = { radius: 26, columnWidth: 170, rowHeight: 116, margin: 70 };

function NodeGraphPanel({ data, width, height, fieldConfig, id }: PanelProps) {
  const theme = useTheme2();
  const nodes = data.series.find(
    ({ fields }) => fields.some(({ name }) => name === 'id') && !fields.some(({ name }) => name === 'source')
  );
  const edges = data.series.find(
    ({ fields }) => fields.some(({ name }) => name === 'source') && fields.some(({ name }) => name === 'target')
  );
  const links = useMemo(() => (edges === undefined ? [] : pairs(edges)), [edges]);
  const placed = useMemo(() => (nodes === undefined ? [] : layerNodes(texts(nodes, 'id'), links)), [nodes, links]);
  if (nodes === undefined || placed.length === 0) {
    return <PanelDataErrorView panelId={id} fieldConfig={fieldConfig} data={data} />;
  }
  const at = (node: { column: number; row: number }) => ({
    x: NODE.margin + node.column * NODE.columnWidth,
    y: NODE.margin / 1.5 + node.row * NODE.rowHeight,
  });
  const where = new Map(placed.map((node) => [node.id, at(node)]));
  const size = {
    width: Math.max(...placed.map(({ column }) => column)) * NODE.columnWidth + 2 * NODE.margin,
    height: Math.max(...placed.map(({ row }) => row)) * NODE.rowHeight + NODE.rowHeight + 10,
  };
  return (
    <div style={{ width, height, overflow: 'auto' }} tabIndex={0} role="group" aria-label="Node graph">
      <svg width={size.width} height={size.height} style={{ display: 'block', margin: '0 auto' }}>
        <defs>
          <marker id="node-graph-arrow" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">
            <path d="M0,0 L8,4 L0,8 z" fill={theme.colors.text.secondary} />
          </marker>
        </defs>
        {links.map(({ source, target }, index) => {
          const [a, b] = [where.get(source), where.get(target)];
          if (a === undefined || b === undefined) {
            return null;
          }
          const length = Math.max(1, Math.hypot(b.x - a.x, b.y - a.y));
          const [dx, dy] = [((b.x - a.x) / length) * (NODE.radius + 3), ((b.y - a.y) / length) * (NODE.radius + 3)];
          return (
            <line
              key={index}
              x1={a.x + dx}
              y1={a.y + dy}
              x2={b.x - dx}
              y2={b.y - dy}
              stroke={theme.colors.text.secondary}
              markerEnd="url(#node-graph-arrow)"
            />
          );
        })}
        {placed.map((node, row) => (
          <Node key={node.id} frame={nodes} row={row} {...at(node)} />
        ))}
      </svg>
    </div>
  );
}

function Node({ frame, row, x, y }: { frame: DataFrame; row: number; x: number; y: number }) {
  const theme = useTheme2();
  const title = shown(field(frame, 'title'), row) || shown(field(frame, 'id'), row);
  const subtitle = shown(field(frame, 'subTitle') ?? field(frame, 'subtitle'), row);
  const main = shown(field(frame, 'mainStat') ?? field(frame, 'mainstat'), row);
  const second = shown(field(frame, 'secondaryStat') ?? field(frame, 'secondarystat'), row);
  const named = field(frame, 'color');
  const colour =
    named === undefined ? theme.colors.text.secondary : colourOf(named, row, theme.visualization.getColorByName);
  const arcs = frame.fields.filter(({ name }) => name.startsWith('arc__'));
  let begin = 0;
  const links = field(frame, 'id')?.getLinks?.({ valueRowIndex: row }) ?? [];
  const circumference = 2 * Math.PI * NODE.radius;
  const body = (
    <>
      <title>{[title, subtitle, main, second].filter(Boolean).join(' · ')}</title>
      <circle r={NODE.radius} fill={theme.colors.background.primary} stroke={colour} strokeWidth={2} />
      {arcs.map((arc) => {
        const part = Number(arc.values[row] ?? 0);
        const fixed = arc.config.color?.fixedColor ?? 'gray';
        const dash = (
          <circle
            key={arc.name}
            r={NODE.radius}
            fill="none"
            strokeWidth={4}
            stroke={theme.visualization.getColorByName(fixed)}
            strokeDasharray={`${part * circumference} ${circumference}`}
            transform={`rotate(${begin * 360 - 90})`}
          />
        );
        begin += part;
        return dash;
      })}
      <text textAnchor="middle" dy={second === '' ? 4 : -2} fontSize={11} fill={theme.colors.text.primary}>
        {main}
      </text>
      <text textAnchor="middle" dy={12} fontSize={10} fill={theme.colors.text.secondary}>
        {second}
      </text>
      <text textAnchor="middle" y={NODE.radius + 16} fontSize={12} fill={theme.colors.text.primary}>
        {cut(title)}
      </text>
      <text textAnchor="middle" y={NODE.radius + 31} fontSize={11} fill={theme.colors.text.secondary}>
        {cut(subtitle)}
      </text>
    </>
  );
  return (
    <g transform={`translate(${x},${y})`}>
      {links.length > 0 ? (
        <DataLinksContextMenu links={() => links}>
          {({ openMenu }) => (
            <g onClick={openMenu as unknown as React.MouseEventHandler<SVGGElement>} style={{ cursor: 'pointer' }}>
              {body}
            </g>
          )}
        </DataLinksContextMenu>
      ) : (
        body
      )}
    </g>
  );
}

function colourOf(named: Field, row: number, byName: (name: string) => string): string {
  const value: unknown = named.values[row];
  return typeof value === 'string' ? byName(value) : (named.display?.(value).color ?? byName('gray'));
}

function pairs(frame: DataFrame): Array<{ source: string; target: string }> {
  const [sources, targets] = [texts(frame, 'source'), texts(frame, 'target')];
  return sources.map((source, index) => ({ source, target: targets[index] ?? '' }));
}

function texts(frame: DataFrame, name: string): string[] {
  return Array.from(field(frame, name)?.values ?? [], String);
}

function field(frame: DataFrame, name: string): Field | undefined {
  return frame.fields.find((one) => one.name === name);
}

function shown(from: Field | undefined, row: number): string {
  const value: unknown = from?.values[row];
  if (from === undefined || value === undefined || value === null) {
    return '';
  }
  return from.display === undefined ? String(value) : formattedValueToString(from.display(value));
}

/** Titles stay within the column of their node. */
function cut(text: string): string {
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}

export function plugin(): PanelPlugin {
  return new PanelPlugin(NodeGraphPanel).useFieldConfig();
}
