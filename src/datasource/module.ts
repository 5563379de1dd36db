import { DataSourcePlugin } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { ConfigEditor } from './config-editor';
import { RunlaneDataSource } from './datasource';
import pluginJson from './plugin.json';
import { QueryEditor } from './query-editor';
import { QueryHelp } from './query-help';
import type { RunlaneQuery } from './query';
import type { RunlaneSecrets, RunlaneSettings } from './settings';

await initPluginTranslations(pluginJson.id);

export const plugin = new DataSourcePlugin<RunlaneDataSource, RunlaneQuery, RunlaneSettings, RunlaneSecrets>(
  RunlaneDataSource
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor)
  .setQueryEditorHelp(QueryHelp);
