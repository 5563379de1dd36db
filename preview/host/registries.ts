import {
  FieldConfigProperty,
  ThresholdsMode,
  booleanOverrideProcessor,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import type { FieldConfigPropertyItem, StandardEditorsRegistryItem, TransformerRegistryItem } from '@grafana/data';

/** The preview has no option editors: panels are configured by their dashboard file. */
const NoEditor = () => null;

/** What panels may ask for by name when they describe their options. */
const EDITORS = [
  'actions',
  'boolean',
  'color',
  'dashboard-uid',
  'dashboard-picker',
  'fieldColor',
  'field-name',
  'links',
  'mappings',
  'multi-select',
  'number',
  'radio',
  'select',
  'slider',
  'stats-picker',
  'string',
  'strings',
  'text',
  'textarea',
  'thresholds',
  'timezone',
  'unit',
];

type Property = Pick<FieldConfigPropertyItem, 'id' | 'path' | 'process'> & Partial<FieldConfigPropertyItem>;

/** The standard properties of a field, without which defaults and overrides of a dashboard would have no effect. */
const PROPERTIES: Property[] = [
  { id: FieldConfigProperty.Unit, path: 'unit', process: unitOverrideProcessor },
  { id: FieldConfigProperty.Min, path: 'min', process: numberOverrideProcessor },
  { id: FieldConfigProperty.Max, path: 'max', process: numberOverrideProcessor },
  { id: FieldConfigProperty.FieldMinMax, path: 'fieldMinMax', process: booleanOverrideProcessor },
  { id: FieldConfigProperty.Decimals, path: 'decimals', process: numberOverrideProcessor },
  {
    id: FieldConfigProperty.DisplayName,
    path: 'displayName',
    process: displayNameOverrideProcessor,
    settings: { expandTemplateVars: true },
  },
  { id: 'description', path: 'description', process: stringOverrideProcessor, settings: { expandTemplateVars: true } },
  { id: FieldConfigProperty.NoValue, path: 'noValue', process: stringOverrideProcessor },
  { id: FieldConfigProperty.Color, path: 'color', process: identityOverrideProcessor },
  { id: FieldConfigProperty.Links, path: 'links', process: dataLinksOverrideProcessor },
  { id: FieldConfigProperty.Actions, path: 'actions', process: identityOverrideProcessor },
  { id: FieldConfigProperty.Mappings, path: 'mappings', process: valueMappingsOverrideProcessor, defaultValue: [] },
  {
    id: FieldConfigProperty.Thresholds,
    path: 'thresholds',
    process: thresholdsOverrideProcessor,
    defaultValue: {
      mode: ThresholdsMode.Absolute,
      steps: [
        { value: -Infinity, color: 'green' },
        { value: 80, color: 'red' },
      ],
    },
  },
  { id: FieldConfigProperty.Filterable, path: 'filterable', process: booleanOverrideProcessor },
];

export function fillRegistries(): void {
  standardEditorsRegistry.setInit(() =>
    EDITORS.map((id): StandardEditorsRegistryItem => ({ id, name: id, editor: NoEditor }))
  );
  standardFieldConfigEditorRegistry.setInit(() =>
    PROPERTIES.map((property): FieldConfigPropertyItem => ({
      name: property.id,
      editor: NoEditor,
      override: NoEditor,
      shouldApply: () => true,
      ...property,
    }))
  );
  // One transformer is listed under two names.
  const transformers = new Map(Object.values(standardTransformers).map((one) => [one.id, one]));
  standardTransformersRegistry.setInit(() =>
    [...transformers.values()].map((transformation): TransformerRegistryItem => ({
      id: transformation.id,
      name: transformation.name,
      transformation,
      editor: NoEditor,
      imageDark: '',
      imageLight: '',
    }))
  );
}
