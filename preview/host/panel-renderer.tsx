import React, { useEffect, useMemo, useState } from 'react';
import {
  EventBusSrv,
  LoadingState,
  applyFieldOverrides,
  getDefaultTimeRange,
  getPanelOptionsWithDefaults,
} from '@grafana/data';
import type { PanelData, PanelPlugin } from '@grafana/data';
import { config } from '@grafana/runtime';
import type { PanelRendererProps } from '@grafana/runtime';
import { ErrorBoundaryAlert } from '@grafana/ui';
import { loadPanelPlugin } from './plugin-loader';

const NO_DATA: PanelData = { state: LoadingState.Done, series: [], timeRange: getDefaultTimeRange() };
const NO_FIELD_CONFIG = { defaults: {}, overrides: [] };
const unchanged = (text: string) => text;

/** One panel without a dashboard around it, as app pages may want. */
export function PanelRenderer(props: PanelRendererProps) {
  const {
    pluginId,
    data = NO_DATA,
    fieldConfig = NO_FIELD_CONFIG,
    options,
    timeZone = 'browser',
    width,
    height,
    title,
  } = props;
  const [plugin, setPlugin] = useState<PanelPlugin>();
  const [failed, setFailed] = useState<string>();
  const eventBus = useMemo(() => new EventBusSrv(), []);
  useEffect(() => {
    loadPanelPlugin(pluginId).then(setPlugin, (error: unknown) =>
      setFailed(error instanceof Error ? error.message : String(error))
    );
  }, [pluginId]);

  const filled = useMemo(
    () =>
      plugin === undefined
        ? undefined
        : getPanelOptionsWithDefaults({
            plugin,
            currentOptions: options ?? {},
            currentFieldConfig: fieldConfig,
            isAfterPluginChange: false,
          }),
    [plugin, options, fieldConfig]
  );
  const series = useMemo(
    () =>
      plugin === undefined || filled === undefined
        ? []
        : applyFieldOverrides({
            data: data.series,
            fieldConfig: filled.fieldConfig,
            fieldConfigRegistry: plugin.fieldConfigRegistry,
            replaceVariables: unchanged,
            theme: config.theme2,
            timeZone,
          }),
    [plugin, filled, data.series, timeZone]
  );
  if (failed !== undefined) {
    return <div role="alert">{failed}</div>;
  }
  if (plugin?.panel === null || plugin?.panel === undefined || filled === undefined) {
    return null;
  }
  const Panel = plugin.panel;
  return (
    <ErrorBoundaryAlert dependencies={[data]}>
      <Panel
        id={1}
        data={{ ...data, series }}
        title={title}
        timeRange={data.timeRange}
        timeZone={timeZone}
        options={filled.options}
        fieldConfig={filled.fieldConfig}
        transparent={false}
        width={width}
        height={height}
        renderCounter={0}
        replaceVariables={unchanged}
        onOptionsChange={props.onOptionsChange ?? (() => undefined)}
        onFieldConfigChange={props.onFieldConfigChange ?? (() => undefined)}
        onChangeTimeRange={props.onChangeTimeRange ?? (() => undefined)}
        eventBus={eventBus}
      />
    </ErrorBoundaryAlert>
  );
}
