import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PreviewApi } from './server/api';

declare const GRAFANA_VERSION: string;

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env['RUNLANE_PREVIEW_PORT'] ?? '3000' },
    plugins: { type: 'string', default: join(root, 'dist') },
    provisioning: { type: 'string', default: join(root, 'provisioning') },
    dashboards: { type: 'string', multiple: true, default: [] },
    prometheus: { type: 'string', default: process.env['RUNLANE_PROMETHEUS_URL'] },
  },
});

const port = Number(values.port);
const api = new PreviewApi({
  version: GRAFANA_VERSION,
  page: join(root, 'preview/dist'),
  plugins: values.plugins,
  provisioning: values.provisioning,
  dashboards: values.dashboards,
  environment: process.env,
  ...(values.prometheus ? { prometheus: values.prometheus } : {}),
});

const server = createServer((incoming, outgoing) => api.handle(incoming, outgoing));
server.on('error', (error: NodeJS.ErrnoException) => {
  const reason =
    error.code === 'EADDRINUSE'
      ? `port ${port} is in use. Choose another with --port or RUNLANE_PREVIEW_PORT.`
      : error.message;
  process.stderr.write(`[preview] ${reason}\n`);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(
    `preview listens on http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}\n`
  );
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
