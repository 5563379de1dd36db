import type { DataFrame } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { RUN_FIELD } from '../../../frames/field-names';
import type { OneRun } from '../../../frames/one-run';
import { frameRow } from '../../../frames/run-columns';
import type { EpochMs } from '../../../model/units';
import { linksOfField } from '../details/run-links';
import type { Palette } from '../draw/palette';

/** What every part of the page is drawn from. */
export interface Seen {
  run: OneRun;
  /** By row: index into `RUN_CLASSES`. */
  classes: Uint8Array;
  palette: Palette;
  timeZone: TimeZone;
  now: EpochMs;
}

/** The address of the page of a run among the rows, at its own time; `undefined` where the data source gives none. */
export function pageOfRow({ columns }: OneRun, row: number): string | undefined {
  const { part, index } = frameRow(columns, row);
  return pageOfCell(part.frame, index);
}

/** The same of a row of a frame that has ids of runs. */
export function pageOfCell({ fields }: DataFrame, row: number): string | undefined {
  const field = fields.find(({ name }) => name === RUN_FIELD.runId);
  return field && linksOfField(field, row)[0]?.href;
}
