import type { FieldConfigEditorBuilder } from '@grafana/data';

/**
 * Declares `custom.*` properties of a field, so that defaults and overrides of a dashboard reach the panel. A name that
 * is not declared is dropped by the field processing of @grafana/data.
 */
export function declareCustomFields(
  builder: FieldConfigEditorBuilder<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>
): void {
  for (const [path, defaultValue] of Object.entries(defaults)) {
    builder.addCustomEditor({
      id: path,
      path,
      name: path,
      defaultValue,
      editor: () => null,
      override: () => null,
      process: (value: unknown) => value,
      shouldApply: () => true,
    });
  }
}
