import type { DataFrame } from '@grafana/data';
import { FieldType } from '@grafana/data';
import type { RunlaneMeta } from './field-names';

export function hasField(frame: DataFrame, name: string): boolean {
  return frame.fields.some((field) => field.name === name);
}

/** A cell by its field's name; the words of an enum field. */
export function valueAt(frame: DataFrame, name: string, row: number): unknown {
  const field = frame.fields.find((candidate) => candidate.name === name);
  const raw: unknown = (field?.values as ArrayLike<unknown> | undefined)?.[row];
  return field?.type === FieldType.enum && typeof raw === 'number' ? field.config.type?.enum?.text?.[raw] : raw;
}

/** `frame.meta.custom.runlane`, where the frame is one of Runlane's own. */
export function runlaneMeta(frame: DataFrame | undefined): RunlaneMeta | undefined {
  const custom: unknown = frame?.meta?.custom;
  if (custom === null || typeof custom !== 'object' || !('runlane' in custom)) {
    return undefined;
  }
  const meta = custom.runlane;
  return meta !== null && typeof meta === 'object' && 'v' in meta ? (meta as RunlaneMeta) : undefined;
}
