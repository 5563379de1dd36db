import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { SampleLine } from '../../../frames/one-run';
import { bytesText, endText, numberFact, textFact, timesOfRun } from '../details/run-lines';
import { markColor } from '../draw/legend';
import { timeScale, type TimeScale } from '../time-scale';
import { timeTicks } from '../draw/time-ticks';
import { RUN_CLASSES } from '../run-class';
import { className, durationText, PLAIN } from '../words';
import { Bar } from './bar';
import { Section } from './section';
import type { Seen } from './seen';
import { useWidth } from './use-width';

const NAMES = 150;
const ROW = 24;
const CHART = 78;
const AXIS = 18;

/** The attempts of a run on its own axis, and under them CPU and memory on the same one, with their limits. */
export function RunLife({ run, classes, palette, timeZone, now }: Seen) {
  const styles = useStyles2(getStyles);
  const [box, width] = useWidth(600);
  const { columns, attempts, cpu, memory, reports, source } = run;
  const newest = attempts.at(-1)!;
  const times = attempts.map((row) => timesOfRun(columns, row, now));
  const from = Math.min(...times.map(({ began }) => began));
  const to = Math.max(...times.map(({ end }) => end ?? now), ...[...cpu, ...memory].flatMap(({ at }) => at));
  const margin = Math.max(1, (to - from) * 0.02);
  const scale = timeScale(from - margin, to + margin, Math.max(60, width - NAMES));
  const ticks = timeTicks(scale, timeZone);
  const charts = [
    {
      name: t('run.cpu', 'CPU'),
      lines: cpu,
      limit: numberFact(columns, newest, 'cpuLimitCores'),
      say: (value: number) => t('run.cores', '{{count}} cores', { count: Number(value.toPrecision(2)), defaultValue_one: '{{count}} core', defaultValue_other: '{{count}} cores' }), // prettier-ignore
    },
    {
      name: t('run.memory', 'Memory'),
      lines: memory,
      limit: numberFact(columns, newest, 'memoryLimitBytes'),
      say: bytesText,
    },
  ].filter(({ lines }) => lines.some(({ at }) => at.length > 0));
  const height = attempts.length * ROW + charts.length * CHART + AXIS;
  return (
    <Section title={t('run.life', 'Attempts, CPU and memory over the life of the run')} aside={durationText(to - from)}>
      <div ref={box}>
        <svg
          width="100%"
          height={height}
          className={styles.picture}
          role="img"
          aria-label={attempts.map((row, at) => attemptWords(row, at)).join('; ')}
        >
          {ticks.map(({ at, label }) => (
            <g key={at} transform={`translate(${NAMES + scale.x(at)} 0)`}>
              <line y2={height - AXIS} stroke={palette.grid} />
              <text y={height - 5} textAnchor="middle" fill={palette.faint}>
                {label}
              </text>
            </g>
          ))}
          {attempts.map((row, at) => {
            const { began, start, end } = times[at]!;
            const kind = classes[row]!;
            return (
              <g key={row} transform={`translate(0 ${at * ROW})`}>
                <title>{attemptWords(row, at)}</title>
                <text y={16} fill={palette.text}>
                  {t('run.attempt-number', 'Attempt {{number}}', { number: columns.attempt?.[row] ?? at + 1 })}
                </text>
                <text x={78} y={16} fill={markColor(palette, RUN_CLASSES[kind]!)}>
                  {className(RUN_CLASSES[kind]!)}
                </text>
                <g transform={`translate(${NAMES} 4)`}>
                  <Bar
                    scale={scale}
                    began={began}
                    start={start}
                    end={end ?? now}
                    kind={kind}
                    palette={palette}
                    height={ROW - 8}
                  />
                </g>
              </g>
            );
          })}
          {charts.map((chart, at) => (
            <g key={chart.name} transform={`translate(0 ${attempts.length * ROW + at * CHART})`}>
              <Chart {...chart} scale={scale} color={palette.now} seen={palette} />
            </g>
          ))}
        </svg>
      </div>
      {charts.length === 0 && (
        <p className={styles.none}>
          {reports['resources'] === false
            ? t('run.no-resources', 'CPU and memory are not reported by {{source}}', { source, ...PLAIN })
            : t('run.no-samples', 'No samples of CPU and memory: the run was too short for one, or nobody measured it')}
        </p>
      )}
    </Section>
  );

  function attemptWords(row: number, at: number): string {
    const { waitMs, ranMs } = times[at]!;
    return [
      t('run.attempt-number', 'Attempt {{number}}', { number: columns.attempt?.[row] ?? at + 1 }),
      className(RUN_CLASSES[classes[row]!]!),
      endText(columns, row),
      textFact(columns, row, 'worker'),
      waitMs === undefined ? undefined : t('run.waited', 'waited {{length}}', { length: durationText(waitMs) }),
      ranMs === undefined ? undefined : t('run.ran', 'ran {{length}}', { length: durationText(ranMs) }),
    ]
      .filter(Boolean)
      .join(' · ');
  }
}

interface ChartProps {
  name: string;
  lines: readonly SampleLine[];
  limit: number | undefined;
  say: (value: number) => string;
  scale: TimeScale;
  color: string;
  seen: Seen['palette'];
}

/** Lines over the run's own axis, from nought to their peak or their limit, whichever is higher. */
function Chart({ name, lines, limit, say, scale, color, seen }: ChartProps) {
  const peak = Math.max(0, ...lines.flatMap(({ values }) => values));
  const top = Math.max(peak, limit ?? 0) || 1;
  const y = (value: number): number => CHART - 4 - (value / top) * (CHART - 22);
  return (
    <>
      <text y={16} fill={seen.text}>
        {name}
      </text>
      <text y={32} fill={seen.faint}>
        {t('run.peak', 'up to {{value}}', { value: say(peak) })}
      </text>
      {limit !== undefined && (
        <text y={48} fill={seen.warning}>
          {t('run.limit', 'limit {{value}}', { value: say(limit) })}
        </text>
      )}
      <g transform={`translate(${NAMES} 0)`}>
        <line x2={scale.width} y1={y(0)} y2={y(0)} stroke={seen.line} />
        {limit !== undefined && (
          <line x2={scale.width} y1={y(limit)} y2={y(limit)} stroke={seen.warning} strokeDasharray="5 4" />
        )}
        {lines.map(({ at, values }, number) => (
          <g key={number}>
            <polyline
              points={at.map((instant, i) => `${scale.x(instant)},${y(values[i]!)}`).join(' ')}
              fill="none"
              stroke={color}
              strokeWidth={1.5}
            />
            {at.length <= 60 &&
              at.map((instant, i) => (
                <circle key={instant} cx={scale.x(instant)} cy={y(values[i]!)} r={2.5} fill={color}>
                  <title>{say(values[i]!)}</title>
                </circle>
              ))}
          </g>
        ))}
      </g>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  picture: css({ display: 'block', text: { fontSize: 11, fontFamily: theme.typography.fontFamily } }),
  none: css({ color: theme.colors.text.secondary, margin: '6px 0 0' }),
});
