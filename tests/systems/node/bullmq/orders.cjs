/**
 * A queue `orders` of BullMQ, its worker, and their metrics: `/metrics` as BullMQ itself writes them, `/otel` as
 * OpenTelemetry's Prometheus exporter does. `POST /?orders.charge=5&orders.refund=3` adds jobs.
 * Arguments: the port of Redis, its own port.
 */
const { createServer } = require('node:http');
const { metrics } = require('@opentelemetry/api');
const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus');
const { MeterProvider } = require('@opentelemetry/sdk-metrics');
const { Queue, Worker } = require('bullmq');
const { BullMQOtel } = require('bullmq-otel');

const [redisPort, ownPort] = process.argv.slice(2).map(Number);
const exporter = new PrometheusExporter({ preventServerStart: true });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [exporter] }));
const telemetry = new BullMQOtel({ enableMetrics: true });
const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null };

const fail = () => {
  throw new Error('Connection refused');
};

const JOBS = {
  'orders.charge': { run: () => 'paid' },
  'orders.refund': { run: fail },
  // The first is tried again after a pause, the second at once.
  'mail.send': { run: ({ attemptsMade }) => attemptsMade >= 2 || fail(), attempts: 3, backoff: 100 },
  'mail.digest': { run: ({ attemptsMade }) => attemptsMade >= 1 || fail(), attempts: 2 },
  // Runs for as long as this program.
  'report.build': { run: () => new Promise(() => {}) },
};

const queue = new Queue('orders', { connection, telemetry });
const worker = new Worker('orders', (job) => JOBS[job.name].run(job), {
  connection,
  telemetry,
  concurrency: 2,
  // Without it BullMQ's own counters stay 0.
  metrics: { maxDataPoints: 60 },
});
worker.on('error', (error) => console.error(error));

async function add(counts) {
  const jobs = [...counts].flatMap(([name, count]) => {
    const { attempts, backoff } = JOBS[name];
    return Array.from({ length: Number(count) }, () => ({ name, data: {}, opts: { attempts, backoff } }));
  });
  await queue.addBulk(jobs);
}

createServer(async (request, response) => {
  try {
    const { pathname, searchParams } = new URL(request.url, 'http://orders');
    if (request.method === 'POST') {
      await add(searchParams);
      response.end();
    } else if (pathname === '/otel') {
      await queue.recordJobCountsMetric();
      exporter.getMetricsRequestHandler(request, response);
    } else {
      response.end(await queue.exportPrometheusMetrics());
    }
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error.stack));
  }
}).listen(ownPort, '127.0.0.1');
