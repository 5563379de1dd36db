import type { DataFrame, SelectableValue } from '@grafana/data';
import { t } from '@grafana/i18n';
import { laneKeysOf } from '../../../frames/group-keys';
import { readRuns } from '../../../frames/run-columns';
import { laneChoices } from '../options';
import { laneKeyName } from '../words';

/** What the option "Lanes by" offers for these data, labels included. */
export function laneOptions(series: readonly DataFrame[]): Array<SelectableValue<string>> {
  const read = readRuns(series);
  return laneChoices(read.ok ? laneKeysOf(read.reading.columns) : []).map((value) => ({
    value,
    label: value === 'auto' ? t('options.auto', 'Automatic') : laneKeyName(value),
  }));
}
