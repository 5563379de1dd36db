/**
 * What Grafana gives to plugins, by the names in which their bundles ask for it. Each is loaded when a plugin first
 * needs it. A CommonJS module is handed over as its own `module.exports` (the default export of the bundler's wrapper).
 */
type Namespace = Record<string, unknown>;

const exportsOf = (module: Namespace): unknown => module['default'] ?? module;
const namespace = (module: Namespace): unknown => ({ ...module });

export const SHARED_MODULES: Readonly<Record<string, () => Promise<unknown>>> = {
  '@emotion/css': () => import('@emotion/css').then(namespace),
  '@emotion/react': () => import('@emotion/react').then(namespace),
  '@grafana/data': () => import('@grafana/data').then(namespace),
  // Not copied: some of its exports are set by the host later.
  '@grafana/runtime': () => import('@grafana/runtime'),
  '@grafana/ui': () => import('@grafana/ui').then(namespace),
  d3: () => import('d3').then(namespace),
  i18next: () => import('i18next').then(namespace),
  jquery: () => import('jquery').then(exportsOf),
  lodash: () => import('lodash').then(exportsOf),
  moment: () => import('moment').then(exportsOf),
  prismjs: () => import('prismjs').then(exportsOf),
  react: () => import('react').then(exportsOf),
  'react-dom': () => import('react-dom').then(exportsOf),
  'react-redux': () => import('react-redux').then(namespace),
  'react-router': () => import('react-router').then(namespace),
  'react/jsx-dev-runtime': () => import('react/jsx-dev-runtime').then(exportsOf),
  'react/jsx-runtime': () => import('react/jsx-runtime').then(exportsOf),
  redux: () => import('redux').then(namespace),
  rxjs: () => import('rxjs').then(namespace),
  slate: () => import('slate').then(namespace),
  'slate-plain-serializer': () => import('slate-plain-serializer').then(namespace),
};
