import React from 'react';
import { css } from '@emotion/css';
import { LoadingState } from '@grafana/data';
import { ControlsLabel, SceneDataLayerSet, SceneObjectBase, sceneGraph } from '@grafana/scenes';
import type { SceneComponentProps, SceneDataLayerProvider } from '@grafana/scenes';

/** A switch per annotation query, each with its own name. */
export class AnnotationControls extends SceneObjectBase {
  static Component = Controls;
}

function Controls({ model }: SceneComponentProps<AnnotationControls>) {
  const layers = sceneGraph
    .getDataLayers(model, true)
    .flatMap((one) => (one instanceof SceneDataLayerSet ? one.state.layers : [one]));
  return (
    <>
      {layers.map((layer) => (
        <Control key={layer.state.key} layer={layer} />
      ))}
    </>
  );
}

function Control({ layer }: { layer: SceneDataLayerProvider }) {
  const { data, name, isHidden, description } = layer.useState();
  if (isHidden === true) {
    return null;
  }
  const id = `data-layer-${layer.state.key}`;
  return (
    <div className={row}>
      <ControlsLabel
        htmlFor={id}
        label={name}
        description={description}
        isLoading={data?.state === LoadingState.Loading}
        onCancel={() => layer.cancelQuery?.()}
        error={data?.errors?.[0]?.message}
      />
      <layer.Component model={layer} />
    </div>
  );
}

const row = css({ display: 'flex' });
