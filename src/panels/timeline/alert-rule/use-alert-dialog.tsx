import React, { useCallback, useState } from 'react';
import type { LaneKey } from '../../../frames/group-keys';
import type { Reading } from '../../../frames/run-columns';
import type { EpochMs } from '../../../model/units';
import { AlertDialog } from './alert-dialog';
import { alertFactOf, subjectOfLane, subjectsOfRun, type AlertSubject } from './alert-subject';

export interface AlertDialogControl {
  /** The dialog, while it is open. */
  dialog: React.ReactNode;
  /** Opens it for what the run belongs to; `undefined` where that is nothing that a rule can be made for. */
  ofRun: (row: number) => (() => void) | undefined;
  /** Opens it for what the lane stands for; `undefined` where lanes are something else, or other data sources' names. */
  onAlertLane: ((name: string) => void) | undefined;
}

/** "Create alert rule" of a panel: what can be alerted on, and the dialog. */
export function useAlertDialog(reading: Reading, laneBy: LaneKey, from: EpochMs, to: EpochMs): AlertDialogControl {
  const [open, setOpen] = useState<React.ComponentProps<typeof AlertDialog> | undefined>(undefined);
  const onClose = useCallback(() => setOpen(undefined), []);
  const show = (subjects: readonly AlertSubject[]): void =>
    setOpen({ subjects, reading, from, to: Math.min(to, Date.now()), onClose });

  const ofRun = (row: number): (() => void) | undefined => {
    const subjects = subjectsOfRun(reading.columns, row);
    return subjects.length === 0 ? undefined : () => show(subjects);
  };
  const onAlertLane = (name: string): void => {
    const subject = subjectOfLane(reading.columns, laneBy, name, reading.lanes.get(name)?.source);
    if (subject) {
      show([subject]);
    }
  };
  const canAlert = alertFactOf(reading.columns, laneBy) !== undefined;
  return { dialog: open && <AlertDialog {...open} />, ofRun, onAlertLane: canAlert ? onAlertLane : undefined };
}
