import {
  FieldColorModeId,
  FieldConfigProperty,
  FieldType,
  PanelPlugin,
  VisualizationSuggestionScore,
} from '@grafana/data';
import { initPluginTranslations, t } from '@grafana/i18n';
import { classifyRunFields } from '../../frames/run-fields';
import { laneOptions } from './lanes/lane-options';
import { LANE_SORTS } from './lanes/lane-order';
import { DEFAULT_OPTIONS, type TimelineOptions } from './options';
import pluginJson from './plugin.json';
import { TimelinePanel } from './shell/timeline-panel';
import { sortName } from './words';

await initPluginTranslations(pluginJson.id);

export const plugin = new PanelPlugin<TimelineOptions>(TimelinePanel)
  .useFieldConfig({
    // What runs have no use for. Left: colour with thresholds, minimum and maximum, value mappings, links, units, names.
    disableStandardOptions: [FieldConfigProperty.NoValue, FieldConfigProperty.Actions],
    standardOptions: {
      [FieldConfigProperty.Color]: {
        settings: { byValueSupport: true, preferThresholdsMode: true },
        defaultValue: { mode: FieldColorModeId.Thresholds },
      },
    },
  })
  // Asked from Grafana 12.4 on; before, it is only stored.
  .setSuggestionsSupplier((summary) =>
    (summary.rawFrames ?? []).some((frame) => classifyRunFields(frame, {}).ok)
      ? [{ name: t('suggestion.name', 'Task timeline'), score: VisualizationSuggestionScore.Best }]
      : undefined
  )
  .setPanelOptions((builder) => {
    const lanes = [t('options.lanes', 'Lanes')];
    const show = [t('options.show', 'Display')];
    const fields = [t('options.fields', 'Fields')];
    const links = [t('options.links', 'Links')];
    builder
      .addSelect({
        path: 'laneBy',
        name: t('options.lane-by', 'Lanes by'),
        description: t('options.lane-by-description', 'What a lane is. Automatic: as the query groups, else by task.'),
        category: lanes,
        defaultValue: DEFAULT_OPTIONS.laneBy,
        settings: {
          options: [],
          getOptions: (context) => Promise.resolve(laneOptions(context.data)),
          // A label may be named before the first run that has it.
          allowCustomValue: true,
        },
      })
      .addTextInput({
        path: 'laneVariable',
        name: t('options.lane-variable', 'Lane variable'),
        description: t(
          'options.lane-variable-description',
          'Name of the dashboard variable that the panel\'s "Lanes by" control sets, so that the data source groups.'
        ),
        category: lanes,
        defaultValue: DEFAULT_OPTIONS.laneVariable,
      })
      .addSelect({
        path: 'sort',
        name: t('options.sort', 'Sort'),
        category: lanes,
        defaultValue: DEFAULT_OPTIONS.sort,
        settings: { options: LANE_SORTS.map((value) => ({ value, label: sortName(value) })) },
      })
      .addSliderInput({
        path: 'maxSubLanes',
        name: t('options.sub-lanes', 'Most sub-lanes'),
        description: t(
          'options.sub-lanes-description',
          'What runs at the same time beyond this shares the last sub-lane.'
        ),
        category: lanes,
        defaultValue: DEFAULT_OPTIONS.maxSubLanes,
        settings: { min: 1, max: 60, step: 1 },
      })
      .addFieldNamePicker({
        path: 'colorField',
        name: t('options.color-field', 'Colors by value of'),
        description: t(
          'options.color-field-description',
          'Number field that the color schemes "by value" and thresholds look at. Empty: the state, and the duration in gradients. Failed and lost runs keep their color.'
        ),
        category: show,
        settings: { filter: (field) => field.type === FieldType.number },
      })
      .addTextInput({
        path: 'selectRun',
        name: t('options.select-run', 'Select run'),
        description: t(
          'options.select-run-description',
          'Shows the details of one run when it comes: its id, or a state such as failed (the newest) or running (the oldest). A dashboard variable like ${run} lets links choose.'
        ),
        category: show,
        defaultValue: DEFAULT_OPTIONS.selectRun,
      })
      .addRadio({
        path: 'show',
        name: t('options.body', 'Show runs as'),
        category: show,
        defaultValue: DEFAULT_OPTIONS.show,
        settings: {
          options: [
            { value: 'lanes', label: t('options.body-lanes', 'Lanes') },
            {
              value: 'grid',
              label: t('options.body-grid', 'Grid'),
              description: t('options.body-grid-description', 'The newest 30 runs of each lane as squares'),
            },
            { value: 'table', label: t('options.body-table', 'Table') },
          ],
        },
      })
      .addRadio({
        path: 'density',
        name: t('options.density', 'Height of lanes'),
        category: show,
        defaultValue: DEFAULT_OPTIONS.density,
        settings: {
          options: [
            { value: 'normal', label: t('options.normal', 'Normal') },
            { value: 'compact', label: t('options.compact', 'Compact') },
            {
              value: 'fit',
              label: t('options.fit', 'Fit all'),
              description: t('options.fit-description', 'Every lane as a strip, so that all are seen at once'),
            },
          ],
        },
      })
      .addBooleanSwitch({ path: 'showLegend', name: t('options.legend', 'Legend'), category: show, defaultValue: true })
      .addBooleanSwitch({
        path: 'showToolbar',
        name: t('options.toolbar', 'Controls'),
        category: show,
        defaultValue: true,
      });
    const fieldNames = {
      start: t('options.field-start', 'Start'),
      end: t('options.field-end', 'End'),
      duration: t('options.field-duration', 'Duration'),
      state: t('options.field-state', 'State'),
      name: t('options.field-name', 'Name'),
    };
    for (const [path, name] of Object.entries(fieldNames)) {
      builder.addFieldNamePicker({
        path: `fields.${path}`,
        name,
        description: t('options.field-description', 'Empty: found by name and type'),
        category: fields,
      });
    }
    const templates = {
      runUrl: t('options.run-url', 'Task run'),
      traceUrl: t('options.trace-url', 'Trace'),
      logsUrl: t('options.logs-url', 'Logs'),
    };
    for (const [path, name] of Object.entries(templates)) {
      builder.addTextInput({
        path: path as 'runUrl',
        name,
        description: t('options.url-description', 'Address with ${traceId}, ${runId}, ${task}, ${worker}, ${source}, ${from} or ${to}; runs that lack the fact get no link'), // prettier-ignore
        category: links,
        defaultValue: '',
      });
    }
  });
