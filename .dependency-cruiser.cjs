/**
 * The architecture as a table: which room may import which. Run by `npm run check`.
 * A new room needs a row here (the architecture test says so).
 */
const rooms = {
  'src/model': [],
  'src/prometheus': ['src/model'],
  'src/diagnosis': ['src/model'],
  'src/health': ['src/model'],
  'src/analysis': ['src/model', 'src/health', 'src/diagnosis'],
  'src/connectors': ['src/model', 'src/prometheus'],
  'src/alerting': ['src/model', 'src/prometheus', 'src/health'],
  'src/frames': ['src/model'],
  'src/datasource': [
    'src/model',
    'src/prometheus',
    'src/analysis',
    'src/health',
    'src/diagnosis',
    'src/connectors',
    'src/frames',
  ],
  'src/panels/timeline': ['src/model', 'src/prometheus', 'src/analysis', 'src/frames', 'src/alerting'],
  'src/panels/health': ['src/model', 'src/analysis', 'src/frames'],
  'src/pages': ['src/model', 'src/connectors'],
  'src/dashboards': [],
  // The commands: they put the rooms of the store together.
  'store/src': ['src/model', 'src/connectors', 'store/src'],
  'store/src/agent': ['src/model'],
  'store/src/yaml': [],
  'store/src/archive': ['src/model', 'src/analysis', 'src/health', 'src/diagnosis'],
  'store/src/metrics': ['src/model', 'src/analysis', 'src/health', 'src/diagnosis', 'store/src/archive'],
  'store/src/answers': ['src/model', 'src/analysis', 'src/health', 'store/src/archive', 'store/src/metrics'],
  'store/src/intake': ['src/model', 'src/health', 'store/src/archive', 'store/src/metrics'],
  'store/src/threads': ['src/model', 'store/src/archive', 'store/src/intake', 'store/src/answers', 'store/src/metrics'],
  'store/src/alerts': ['src/model', 'src/analysis', 'src/diagnosis', 'store/src/archive', 'store/src/yaml'],
  'store/src/digest': [
    'src/model',
    'src/diagnosis',
    'src/connectors',
    'store/src/archive',
    'store/src/alerts',
    'store/src/yaml',
    'store/src/agent',
  ],
  'store/src/collect': [
    'src/model',
    'src/connectors',
    'store/src/archive',
    'store/src/alerts',
    'store/src/agent',
    'store/src/yaml',
    'store/src/sources',
  ],
  'store/src/discovery': [
    'src/model',
    'src/connectors',
    'store/src/alerts',
    'store/src/agent',
    'store/src/yaml',
    'store/src/sources',
    'store/src/collect',
  ],
  // The agent's: what takes secrets out of texts.
  'store/src/sources': ['src/model', 'src/connectors', 'store/src/alerts', 'store/src/agent'],
  'store/src/config': [
    'src/model',
    'src/health',
    'store/src/yaml',
    'store/src/archive',
    'store/src/alerts',
    'store/src/digest',
    'store/src/collect',
    'store/src/discovery',
  ],
  'store/src/api': [
    'src/model',
    'src/analysis',
    'src/health',
    'store/src/archive',
    'store/src/alerts',
    'store/src/config',
    'store/src/discovery',
  ],
  dashboards: ['src/model', 'src/frames', 'src/datasource', 'src/panels/timeline'],
  preview: [],
  demo: [],
  bench: ['src/model', 'src/frames', 'src/panels/timeline', 'scripts'],
  scripts: ['src/model', 'src/prometheus', 'src/connectors', 'src/alerting', 'store/src/sources', 'tests/systems'],
};

const portable = '^src/(model|prometheus|analysis|health|diagnosis|connectors|alerting)/';
const test = '\\.test\\.tsx?$';

const roomRules = Object.entries(rooms).map(([room, may]) => ({
  name: `${room} imports only its row of the table`,
  comment: `Allowed: ${[room, ...may].join(', ')}. Move the code, or change the table in .dependency-cruiser.cjs with a reason in docs/decisions/.`,
  severity: 'error',
  // A room with rooms inside has a row for the files at its top.
  from: {
    path: Object.keys(rooms).some((other) => other.startsWith(`${room}/`)) ? `^${room}/[^/]+$` : `^${room}/`,
    pathNot: test,
  },
  to: {
    path: '^(src|store|preview|bench|demo|scripts|dashboards|tests)/',
    pathNot: [room, ...may, 'store/node_modules'].map((name) => `^${name}/`),
  },
}));

/** Folders of a room, each of which imports those named before it: README.md there. */
const folders = { 'src/panels/timeline': ['lanes', 'draw', 'details', 'alert-rule', 'run-page', 'grid', 'shell'] };

const folderRules = Object.entries(folders).flatMap(([room, order]) =>
  order.slice(0, -1).map((folder, place) => ({
    name: `${room}/${folder} imports only what comes before it`,
    severity: 'error',
    from: { path: `^${room}/${folder}/`, pathNot: `${test}|\\.kit\\.tsx?$` },
    to: { path: order.slice(place + 1).map((later) => `^${room}/${later}/`) },
  }))
);

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'no cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'connectors do not import each other',
      severity: 'error',
      from: { path: '^src/connectors/([^/]+)/', pathNot: test },
      to: { path: '^src/connectors/[^/]+/', pathNot: '^src/connectors/$1/' },
    },
    {
      name: 'panels do not import each other',
      severity: 'error',
      from: { path: '^src/panels/([^/]+)/' },
      to: { path: '^src/panels/[^/]+/', pathNot: '^src/panels/$1/' },
    },
    ...folderRules,
    {
      name: 'kits serve tests only',
      severity: 'error',
      from: { path: '^(src|store/src|preview|demo|scripts|dashboards)/', pathNot: `${test}|\\.kit\\.tsx?$` },
      to: { path: '\\.kit\\.tsx?$' },
    },
    {
      name: 'portable rooms know no runtime',
      comment:
        'model, prometheus, analysis, health, diagnosis, connectors and alerting run in the browser and in Node alike.',
      severity: 'error',
      from: { path: portable, pathNot: test },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer'], pathNot: 'node_modules/croner/' },
    },
    {
      name: 'nothing in src imports the store',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: { path: '^store/' },
    },
    {
      name: 'everything resolves',
      severity: 'error',
      from: { pathNot: '^(preview|bench)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.config)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.node.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

// For the architecture test. Not enumerable, because dependency-cruiser refuses keys that it does not know.
Object.defineProperty(module.exports, 'rooms', { value: rooms });
