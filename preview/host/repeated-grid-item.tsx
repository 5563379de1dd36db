import React from 'react';
import {
  LocalValueVariable,
  MultiValueVariable,
  SceneGridLayout,
  SceneObjectBase,
  SceneVariableSet,
  VariableDependencyConfig,
  sceneGraph,
} from '@grafana/scenes';
import type {
  SceneComponentProps,
  SceneGridItemStateLike,
  SceneGridItemLike,
  VariableValueSingle,
  VizPanel,
} from '@grafana/scenes';

interface RepeatedGridItemState extends SceneGridItemStateLike {
  /** The panel as the dashboard has it. */
  source: VizPanel;
  variable: string;
  vertical: boolean;
  maxPerRow: number;
  /** Height of one panel in grid rows. */
  rowHeight: number;
  panels: VizPanel[];
}

/** A panel that is shown once per value of a variable, each with that value as its own. */
export class RepeatedGridItem extends SceneObjectBase<RepeatedGridItemState> implements SceneGridItemLike {
  static Component = Repeated;

  protected override _variableDependency: VariableDependencyConfig<RepeatedGridItemState> =
    new VariableDependencyConfig<RepeatedGridItemState>(this, {
      variableNames: [this.state.variable],
      onVariableUpdateCompleted: () => this.repeat(),
    });

  constructor(state: Omit<RepeatedGridItemState, 'panels' | 'rowHeight'> & { height: number }) {
    super({ ...state, panels: [], rowHeight: state.height });
    this.addActivationHandler(() => this.repeat());
  }

  private repeat(): void {
    const variable = sceneGraph.lookupVariable(this.state.variable, this);
    if (!(variable instanceof MultiValueVariable) || this._variableDependency.hasDependencyInLoadingState()) {
      return;
    }
    const choices = chosen(variable);
    const { source, vertical, maxPerRow, rowHeight } = this.state;
    const panels = choices.map(({ value, label }, index) =>
      source.clone({
        key: index === 0 ? source.state.key : `${source.state.key}-repeat-${index}`,
        $variables: new SceneVariableSet({
          variables: [new LocalValueVariable({ name: this.state.variable, value, text: String(label) })],
        }),
      })
    );
    const rows = vertical ? panels.length : Math.ceil(panels.length / maxPerRow);
    this.setState({ panels, height: Math.max(1, rows) * rowHeight });
    // The layout does not listen to the sizes of what lies in it.
    sceneGraph.findObject(this, (one) => one instanceof SceneGridLayout)?.forceRender();
  }
}

function chosen(variable: MultiValueVariable): Array<{ value: VariableValueSingle; label: unknown }> {
  const { value, text, options } = variable.state;
  if (variable.hasAllValue()) {
    return options;
  }
  if (Array.isArray(value)) {
    return value.map((one, index) => ({ value: one, label: Array.isArray(text) ? text[index] : one }));
  }
  return [{ value, label: text }] as Array<{ value: VariableValueSingle; label: unknown }>;
}

function Repeated({ model }: SceneComponentProps<RepeatedGridItem>) {
  const { panels, vertical, maxPerRow } = model.useState();
  const columns = vertical ? 1 : Math.max(1, Math.min(panels.length, maxPerRow));
  return (
    <div
      style={{
        display: 'grid',
        gap: 8,
        width: '100%',
        height: '100%',
        gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
        gridAutoRows: '1fr',
      }}
    >
      {panels.map((panel) => (
        <div key={panel.state.key} style={{ position: 'relative', minWidth: 0 }}>
          <panel.Component model={panel} />
        </div>
      ))}
    </div>
  );
}
