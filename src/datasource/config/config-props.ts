import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import type { RunlaneSecrets, RunlaneSettings } from '../settings';

export type ConfigProps = DataSourcePluginOptionsEditorProps<RunlaneSettings, RunlaneSecrets>;

/** Width of fields, in units of 8 px. */
export const FIELD_WIDTH = 60;

/** Changes some settings and keeps the others. */
export function changeSettings({ options, onOptionsChange }: ConfigProps, part: Partial<RunlaneSettings>): void {
  onOptionsChange({ ...options, jsonData: { ...options.jsonData, ...part } });
}
