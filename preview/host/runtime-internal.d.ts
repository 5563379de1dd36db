// Setters that @grafana/runtime keeps to Grafana; build.mjs finds them by their file.
declare module 'grafana-runtime-internal/components/PanelDataErrorView' {
  export function setPanelDataErrorView(
    view: import('react').ComponentType<import('@grafana/runtime').PanelDataErrorViewProps>
  ): void;
}
declare module 'grafana-runtime-internal/components/PanelRenderer' {
  export function setPanelRenderer(
    renderer: import('react').ComponentType<import('@grafana/runtime').PanelRendererProps>
  ): void;
}
declare module 'grafana-runtime-internal/components/PluginPage' {
  export function setPluginPage(page: import('react').ComponentType<import('@grafana/runtime').PluginPageProps>): void;
}
