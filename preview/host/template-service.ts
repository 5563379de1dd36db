import type { ScopedVars, TimeRange, TypedVariableModel } from '@grafana/data';
import type { TemplateSrv, VariableInterpolation } from '@grafana/runtime';
import { sceneGraph } from '@grafana/scenes';
import type { SceneObject } from '@grafana/scenes';

/** Variables look like `$name`, `${name:format}` or `[[name]]`. */
const VARIABLE = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}/;

/** Replaces variables through the dashboard that is shown, or the object that a query came from. */
export class PreviewTemplateService implements TemplateSrv {
  getVariables(): TypedVariableModel[] {
    const scene = shownScene();
    const variables = scene === undefined ? [] : sceneGraph.getVariables(scene).state.variables;
    return variables.map((variable) => {
      const { name, type, label, value, text } = variable.state as typeof variable.state & {
        value?: unknown;
        text?: unknown;
      };
      return {
        name,
        type,
        label,
        current: { value: value ?? variable.getValue(), text: text ?? variable.getValueText?.() },
      } as unknown as TypedVariableModel;
    });
  }

  replace(
    target?: string,
    scopedVars?: ScopedVars,
    format?: string | ((value: unknown) => string),
    found?: VariableInterpolation[]
  ): string {
    const scene = objectOf(scopedVars) ?? shownScene();
    if (target === undefined || scene === undefined) {
      return target ?? '';
    }
    return sceneGraph.interpolate(scene, target, scopedVars, format as string, found);
  }

  containsTemplate(target?: string): boolean {
    return target !== undefined && VARIABLE.test(target);
  }

  /** @grafana/scenes puts the ad hoc filters in here. */
  getAdhocFilters(): [] {
    return [];
  }

  updateTimeRange(_range: TimeRange): void {
    // Each request carries its own range.
  }
}

function objectOf(scopedVars: ScopedVars | undefined): SceneObject | undefined {
  const holder: unknown = scopedVars?.['__sceneObject']?.value;
  const value = (holder as { valueOf(): unknown } | undefined)?.valueOf();
  return value === undefined ? undefined : (value as SceneObject);
}

function shownScene(): SceneObject | undefined {
  const scene = (window as unknown as { __grafanaSceneContext?: SceneObject }).__grafanaSceneContext;
  return scene?.isActive === true ? scene : undefined;
}
