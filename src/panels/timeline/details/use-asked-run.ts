import { useCallback, useEffect, useMemo, useState } from 'react';
import type { InterpolateFunction } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import type { EpochMs } from '../../../model/units';
import { placeOfRow } from '../draw/step-run';
import type { LaneRows } from '../lanes/lane-rows';
import type { LaneRun } from '../lanes/run-identity';
import { asksByName, rowOfAsked } from './asked-run';

interface View {
  rows: LaneRows;
  /** A bit per class that is shown. */
  visible: number;
  from: EpochMs;
  to: EpochMs;
}

export interface AskedRun {
  /** To be chosen now, as if it had been clicked. */
  run: LaneRun | undefined;
  /** Why it is not: a run asked for by its name is not in the data, or search or legend hide the run. */
  notice: { why: 'absent' | 'hidden'; name: string } | undefined;
  /** It has been chosen. */
  onShown: () => void;
  /** The reader has chosen something else, or nothing: the link has had its say. */
  onLeft: () => void;
}

/**
 * The run that the option "Select run" asks for: once for each value that the option takes, whenever the data first has
 * such a run, and no longer when the reader has chosen for himself.
 *
 * Where the option is a dashboard variable, that is emptied then: neither another visit to the panel nor a copy of the
 * address opens again what was closed.
 */
export function useAskedRun(template: string, replaceVariables: InterpolateFunction, view: View): AskedRun {
  const { rows, visible, from, to } = view;
  const value = replaceVariables(template).trim();
  // A variable that the dashboard lacks stays as it was written.
  const asked = value === template.trim() && value.startsWith('$') ? '' : value;
  const [answered, setAnswered] = useState('');
  useEffect(() => {
    if (asked === '') {
      setAnswered('');
    }
  }, [asked]);
  const open = asked !== '' && asked !== answered;
  const row = useMemo(
    () => (open ? rowOfAsked(rows.columns, asked, from, to) : undefined),
    [open, rows.columns, asked, from, to]
  );
  const run = useMemo(() => {
    const shown = row !== undefined && (visible & (1 << rows.classes[row]!)) !== 0;
    return shown ? laneRunOf(rows, row) : undefined;
  }, [rows, row, visible]);
  const onShown = useCallback(() => setAnswered(asked), [asked]);
  const onLeft = useCallback(() => {
    setAnswered(asked);
    const variable = /^\$\{?(\w+)/.exec(template.trim())?.[1];
    if (asked !== '' && variable !== undefined) {
      locationService.partial({ [`var-${variable}`]: '' }, true);
    }
  }, [asked, template]);
  let notice: AskedRun['notice'];
  if (open && run === undefined && (row !== undefined || asksByName(asked))) {
    notice = { why: row === undefined ? 'absent' : 'hidden', name: asked };
  }
  return { run, notice, onShown, onLeft };
}

/** The lane that has the row; `undefined` where the search left it out. */
function laneRunOf(rows: LaneRows, row: number): LaneRun | undefined {
  const lane = rows.names.findIndex((_, at) => placeOfRow(rows, at, row) !== undefined);
  return lane < 0 ? undefined : { lane, row };
}
