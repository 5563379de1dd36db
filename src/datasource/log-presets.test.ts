import { fillTemplate, templateProblem } from './frame-links';
import { LOG_SYSTEMS, logTemplate } from './log-presets';

test.each(LOG_SYSTEMS)('the address for %s is one, with the id and the own time of the run', (system) => {
  const template = logTemplate(system, 'logs-1');
  expect(templateProblem(template)).toBeUndefined();
  const filled = fillTemplate(template);
  expect(filled).toContain('${__data.fields.runId:percentencode}');
  expect(filled).toContain('${__data.fields.ownFrom}');
  expect(filled).toContain('${__data.fields.ownTo}');
});

test.each(['Loki', 'Elasticsearch'] as const)('Explore reads what comes of the address for %s', (system) => {
  const href = logTemplate(system, 'logs-1')
    .replace('${runId}', 'run-7')
    .replace('${from}', '1000')
    .replace('${to}', '2000');
  const panes = JSON.parse(new URL(href, 'http://grafana').searchParams.get('panes') ?? '') as {
    logs: { datasource: string; queries: object[]; range: object };
  };
  expect(panes.logs).toMatchObject({ datasource: 'logs-1', range: { from: '1000', to: '2000' } });
  expect(JSON.stringify(panes.logs.queries)).toContain('run-7');
});
