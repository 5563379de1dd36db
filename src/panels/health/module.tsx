import { FieldColorModeId, FieldConfigProperty, PanelPlugin, ThresholdsMode } from '@grafana/data';
import { initPluginTranslations, t } from '@grafana/i18n';
import { HealthPanel } from './health-panel';
import { DEFAULT_OPTIONS } from './options';
import type { HealthOptions } from './options';
import pluginJson from './plugin.json';

await initPluginTranslations(pluginJson.id);

export const plugin = new PanelPlugin<HealthOptions>(HealthPanel)
  .useFieldConfig({
    disableStandardOptions: [FieldConfigProperty.Min, FieldConfigProperty.Max, FieldConfigProperty.FieldMinMax],
    standardOptions: {
      [FieldConfigProperty.Color]: {
        settings: { byValueSupport: true, bySeriesSupport: false, preferThresholdsMode: true },
        defaultValue: { mode: FieldColorModeId.Thresholds },
      },
      [FieldConfigProperty.Decimals]: { defaultValue: 0 },
      // Bad below 60, worth a look below 85. Normal is quiet: what is fine is a grey green.
      [FieldConfigProperty.Thresholds]: {
        defaultValue: {
          mode: ThresholdsMode.Absolute,
          steps: [
            { value: -Infinity, color: 'red' },
            { value: 60, color: 'orange' },
            { value: 85, color: '#4a9070' },
          ],
        },
      },
    },
  })
  .setPanelOptions((builder) =>
    builder
      .addTextInput({
        path: 'group',
        name: t('options.group', 'Show only'),
        description: t(
          'options.group-description',
          'Name of the task, queue, worker or source whose score is shown; may hold variables. Empty: all that the query gives.'
        ),
        defaultValue: DEFAULT_OPTIONS.group,
      })
      .addRadio({
        path: 'show',
        name: t('options.show', 'Of several scores'),
        defaultValue: DEFAULT_OPTIONS.show,
        settings: {
          options: [
            {
              value: 'auto',
              label: t('options.show-auto', 'Automatic'),
              description: t('options.show-auto-description', 'The worst with its reasons, the others below it where there is room'), // prettier-ignore
            },
            { value: 'worst', label: t('options.show-worst', 'The worst') },
            { value: 'all', label: t('options.show-all', 'All as a list') },
          ],
        },
      })
      .addBooleanSwitch({
        path: 'showHistory',
        name: t('options.history', 'History'),
        description: t('options.history-description', 'The score over the time range, where there is room for it'),
        defaultValue: DEFAULT_OPTIONS.showHistory,
      })
  );
