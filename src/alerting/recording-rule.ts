import type { DurationMs } from '../model/units';

export interface RecordingRule {
  record: string;
  expr: string;
  labels?: Readonly<Record<string, string>>;
}

export interface RecordingGroup {
  name: string;
  intervalMs: DurationMs;
  rules: readonly RecordingRule[];
}
