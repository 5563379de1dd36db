import React from 'react';
import { css } from '@emotion/css';
import { CoreApp } from '@grafana/data';
import { EmbeddedScene, VizPanel } from '@grafana/scenes';
import type { DataRequestEnricher, EmbeddedSceneState, SceneComponentProps, SceneObject } from '@grafana/scenes';

interface DashboardSceneState extends EmbeddedSceneState {
  uid: string;
  /** Links, time range and refresh: to the right, below one another where the page is narrow. */
  asideControls: SceneObject[];
}

/** A dashboard: says which dashboard and panel a request comes from, as plugins expect it, and lays out the controls. */
export class DashboardScene extends EmbeddedScene implements DataRequestEnricher {
  static override Component = Dashboard as unknown as typeof EmbeddedScene.Component;

  constructor(state: DashboardSceneState) {
    super(state);
  }

  enrichDataRequest(source: SceneObject) {
    const panel = closestPanel(source);
    return {
      app: CoreApp.Dashboard,
      dashboardUID: (this.state as DashboardSceneState).uid,
      panelId: panel?.getLegacyPanelId(),
      panelName: panel?.state.title,
      panelPluginId: panel?.state.pluginId,
    };
  }
}

function closestPanel(source: SceneObject): VizPanel | undefined {
  for (let at: SceneObject | undefined = source; at !== undefined; at = at.parent) {
    if (at instanceof VizPanel) {
      return at;
    }
  }
  return undefined;
}

function Dashboard({ model }: SceneComponentProps<DashboardScene>) {
  const { controls, asideControls, body } = model.useState() as DashboardSceneState;
  return (
    <div className={styles.dashboard}>
      <div className={styles.controls}>
        {controls?.map((control) => (
          <control.Component key={control.state.key} model={control} />
        ))}
        <div className={styles.aside}>
          {asideControls.map((control) => (
            <control.Component key={control.state.key} model={control} />
          ))}
        </div>
      </div>
      <div className={styles.body}>
        <body.Component model={body} />
      </div>
    </div>
  );
}

const styles = {
  dashboard: css({ display: 'flex', flexDirection: 'column', flexGrow: 1, gap: 16 }),
  controls: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: 8 }),
  aside: css({ display: 'flex', flexWrap: 'wrap', justifyContent: 'flex-end', gap: 8, marginLeft: 'auto' }),
  // The grid measures this box; without a height it would stay empty.
  body: css({ display: 'flex', flexGrow: 1, minHeight: 200 }),
};
