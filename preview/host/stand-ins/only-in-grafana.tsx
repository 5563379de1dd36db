import React from 'react';
import { PanelPlugin } from '@grafana/data';
import { Icon } from '@grafana/ui';

/** Alert rules are evaluated by Grafana's server; there is nothing here that could be listed. */
function OnlyInGrafana() {
  return (
    <div
      style={{
        display: 'flex',
        height: '100%',
        gap: 8,
        alignItems: 'center',
        justifyContent: 'center',
        textAlign: 'center',
      }}
    >
      <Icon name="bell" /> Alert rules live in Grafana: this panel lists them there only.
    </div>
  );
}

export function plugin(): PanelPlugin {
  return new PanelPlugin(OnlyInGrafana);
}
