import { fillTemplate, frameLinks, templateProblem } from './frame-links';

test('a run links to its own page at its own time, with the data source carried along', () => {
  const [run] = frameLinks({}, 'a b')['runId'] ?? [];
  expect(run?.url).toContain('/d/runlane-task-run?');
  expect(run?.url).toContain('from=${__data.fields.ownFrom}&to=${__data.fields.ownTo}');
  expect(run?.url).toContain('var-ds=a%20b');
  expect(run?.url).toContain('var-runId=${__data.fields.runId:percentencode}');
});

test('templates of the user become links, their places encoded for a URL', () => {
  const links = frameLinks(
    { traceUrl: 'https://j/trace/${traceId}', logUrl: '/explore?q=${runId}&from=${from}&to=${to}' },
    'u'
  );
  expect(links['traceId']?.[0]?.url).toBe('https://j/trace/${__data.fields.traceId:percentencode}');
  expect(links['runId']?.[1]?.url).toBe(
    '/explore?q=${__data.fields.runId:percentencode}&from=${__data.fields.ownFrom}&to=${__data.fields.ownTo}'
  );
});

test.each(['javascript:alert(1)', '//evil.example', 'data:text/html,x', ' https://x'])(
  '%s makes no link',
  (traceUrl) => {
    expect(frameLinks({ traceUrl }, 'u')['traceId']).toBeUndefined();
    expect(templateProblem(traceUrl)).toBeDefined();
  }
);

test('an unknown place is told, and stays as it is', () => {
  expect(templateProblem('https://x/${constructor}')).toContain('${constructor}');
  expect(fillTemplate('https://x/${constructor}')).toBe('https://x/${constructor}');
});

test('nothing set is no problem', () => {
  expect(templateProblem('')).toBeUndefined();
});
