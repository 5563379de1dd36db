import { FieldType } from '@grafana/data';
import type { DataFrame, FieldConfig } from '@grafana/data';
import type { ResourcesAnswer } from '../model/answer';
import type { FrameContext } from './frame-context';
import { column, makeField, makeFrame, noticesOf } from './make-frame';

/**
 * `usage`: one row per group, the one that used most CPU first. Mean over the buckets that have samples; now = of what runs
 * at the end of the range, and nothing where nothing does.
 */
export function usageFrame({ series, groupBy, groupsOmitted }: ResourcesAnswer, context: FrameContext): DataFrame {
  const rows = series
    .map(({ group, cpuCores, rssBytes, now }) => {
      const cpu = cpuCores.filter((value) => value !== null);
      const memory = rssBytes.filter((value) => value !== null);
      return {
        group,
        cpuMean: cpu.length === 0 ? undefined : cpu.reduce((a, b) => a + b, 0) / cpu.length,
        cpuPeak: largest(cpu),
        cpuNow: now?.cpuCores,
        memoryPeak: largest(memory),
        memoryNow: now?.rssBytes,
      };
    })
    .sort((a, b) => (b.cpuMean ?? -1) - (a.cpuMean ?? -1));
  const cores: FieldConfig = { unit: 'none', decimals: 2 };
  const number = (name: Exclude<keyof (typeof rows)[number], 'group'>, config: FieldConfig) =>
    makeField(context, name, FieldType.number, column(rows.map((row) => row[name])), config);
  return makeFrame(
    context,
    'usage',
    [
      makeField(
        context,
        'group',
        FieldType.string,
        rows.map((row) => row.group)
      ),
      number('cpuMean', cores),
      number('cpuPeak', cores),
      number('cpuNow', cores),
      number('memoryPeak', { unit: 'bytes' }),
      number('memoryNow', { unit: 'bytes' }),
    ],
    { view: 'resources', groupBy },
    { notices: noticesOf(context, { omitted: groupsOmitted }) }
  );
}

function largest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => Math.max(a, b));
}
