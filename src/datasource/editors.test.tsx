import type { DataSourceInstanceSettings, DataSourceSettings } from '@grafana/data';
import { setDataSourceSrv } from '@grafana/runtime';
import type { DataSourceSrv, TemplateSrv } from '@grafana/runtime';
import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React, { useState } from 'react';
import { MemoryRouter } from 'react-router';
import { of } from 'rxjs';
import { AnnotationEditor } from './annotation-editor';
import { ConfigEditor } from './config-editor';
import { RunlaneDataSource } from './datasource';
import { QueryEditor } from './query-editor';
import { QueryHelp } from './query-help';
import type { RunlaneQuery, RunlaneVariableQuery } from './query';
import type { RunlaneSecrets, RunlaneSettings } from './settings';
import { VariableEditor } from './variable-editor';

beforeAll(() => {
  // jsdom has none; Grafana's menus watch with it whether they are scrolled to the end.
  globalThis.IntersectionObserver = class {
    readonly root = null;
    readonly rootMargin = '';
    readonly scrollMargin = '';
    readonly thresholds = [];
    observe = () => undefined;
    unobserve = () => undefined;
    disconnect = () => undefined;
    takeRecords = () => [];
  };
});

const NASTY = 'a, "b" <c> | d';

function dataSource(jsonData: RunlaneSettings = { url: 'http://s' }): RunlaneDataSource {
  const instance = {
    uid: 'u',
    name: 'Runlane',
    type: 'runlane-datasource',
    url: '/proxy',
    jsonData,
    meta: {},
  };
  const body = JSON.stringify({ values: ['email.send', NASTY] });
  const backend = { fetch: () => of({ status: 200, data: body }) };
  const templates = { replace: (text = '') => text } as TemplateSrv;
  return new RunlaneDataSource(
    instance as unknown as DataSourceInstanceSettings<RunlaneSettings>,
    () => backend as never,
    () => templates
  );
}

/** Keeps what the editor changes, as Grafana does. */
function Edited<T>({
  initial,
  onChange,
  children,
}: {
  initial: T;
  onChange: (value: T) => void;
  children: (value: T, change: (next: T) => void) => React.ReactNode;
}) {
  const [value, setValue] = useState(initial);
  return (
    <>
      {children(value, (next) => {
        setValue(next);
        onChange(next);
      })}
    </>
  );
}

async function pick(label: string, typed: string, index = 0) {
  const user = userEvent.setup();
  const input = screen.getAllByLabelText(label)[index];
  if (input === undefined) {
    throw new Error(`There is no ${label}.`);
  }
  await user.click(input);
  await user.type(input, typed);
  await waitFor(() => expect(screen.queryByText(/^Loading/)).not.toBeInTheDocument());
  await user.keyboard('{Enter}');
}

describe('the query editor', () => {
  function setUp(query: Partial<RunlaneQuery> = {}, settings?: RunlaneSettings) {
    const onChange = jest.fn<void, [RunlaneQuery]>();
    const onRunQuery = jest.fn();
    render(
      <Edited<RunlaneQuery> initial={{ refId: 'A', view: 'timeline', ...query }} onChange={onChange}>
        {(value, change) => (
          <QueryEditor datasource={dataSource(settings)} query={value} onChange={change} onRunQuery={onRunQuery} />
        )}
      </Edited>
    );
    return { last: () => onChange.mock.lastCall?.[0], onRunQuery };
  }

  test('changes the view, and forgets the frame of the one before', async () => {
    const { last, onRunQuery } = setUp({ view: 'health', frame: 'trouble' });
    await pick('View', 'Durations');
    expect(last()).toMatchObject({ view: 'durations' });
    expect(last()?.frame).toBeUndefined();
    expect(onRunQuery).toHaveBeenCalled();
  });

  test('adds a filter with a value that is suggested, commas and quotes and all', async () => {
    const { last } = setUp();
    await userEvent.click(screen.getByRole('button', { name: 'Add filter' }));
    await pick('Values', 'a, "b"');
    expect(last()?.filter?.matches).toEqual([{ field: 'task', operator: '=', values: [NASTY] }]);
  });

  test('takes values that nobody suggested, such as variables', async () => {
    const { last } = setUp({ filter: { matches: [{ field: 'queue', operator: '!=', values: [] }] } });
    await pick('Values', '$queue');
    expect(last()?.filter?.matches).toEqual([{ field: 'queue', operator: '!=', values: ['$queue'] }]);
  });

  test('removes a filter', async () => {
    const { last } = setUp({ filter: { matches: [{ field: 'task', operator: '=', values: ['x'] }], text: 'smtp' } });
    await userEvent.click(screen.getByRole('button', { name: 'Remove filter' }));
    expect(last()?.filter).toEqual({ matches: [], text: 'smtp' });
  });

  test('groups by a label', async () => {
    const { last } = setUp();
    await pick('Group by', 'label:team');
    expect(last()?.groupBy).toBe('label:team');
  });

  test('turns live off and on again', async () => {
    const { last } = setUp();
    await userEvent.click(screen.getByLabelText('Live'));
    expect(last()?.live).toBe(false);
    await userEvent.click(screen.getByLabelText('Live'));
    expect(last()).not.toHaveProperty('live', false);
  });

  test('of Prometheus says which views need single runs, and offers no live updates', async () => {
    setUp({}, { system: 'prometheus', prometheusUid: 'p' });
    expect(screen.queryByLabelText('Live')).not.toBeInTheDocument();
    await userEvent.click(screen.getByLabelText('View'));
    expect(screen.getAllByText('Only where the exporter tells single runs').length).toBeGreaterThan(3);
    expect(screen.getByText('Percentiles of running and waiting times')).toBeInTheDocument();
  });

  test('takes only a limit that is one', async () => {
    const { last } = setUp();
    const user = userEvent.setup();
    await user.type(screen.getByLabelText('Limit'), '-5');
    await user.tab();
    expect(last()?.limit).toBeUndefined();
    await user.clear(screen.getByLabelText('Limit'));
    await user.type(screen.getByLabelText('Limit'), '20');
    await user.tab();
    expect(last()?.limit).toBe(20);
  });
});

test('the help gives examples that can be tried', async () => {
  const onClickExample = jest.fn();
  render(<QueryHelp datasource={dataSource()} query={{ refId: 'A', view: 'runs' }} onClickExample={onClickExample} />);
  await userEvent.click(screen.getByRole('button', { name: /ran out of memory/ }));
  expect(onClickExample).toHaveBeenCalledWith({
    refId: 'A',
    view: 'runs',
    filter: { matches: [{ field: 'state', operator: '=', values: ['oom', 'lost'] }] },
  });
});

test('the variable editor chooses whose values are listed', async () => {
  const onChange = jest.fn<void, [RunlaneVariableQuery]>();
  render(
    <Edited<RunlaneVariableQuery> initial={{ refId: 'v', field: 'task' }} onChange={onChange}>
      {(value, change) => (
        <VariableEditor datasource={dataSource()} query={value} onChange={change} onRunQuery={jest.fn()} />
      )}
    </Edited>
  );
  await pick('Values of', 'label:team');
  expect(onChange.mock.lastCall?.[0]).toMatchObject({ field: 'label:team' });
});

test('the annotation editor chooses what is marked', async () => {
  const onAnnotationChange = jest.fn();
  const annotation = { name: 'x', enable: true, iconColor: 'red', target: { refId: 'Anno', view: 'runs' as const } };
  render(
    <AnnotationEditor
      datasource={dataSource()}
      query={annotation.target}
      annotation={annotation}
      onAnnotationChange={onAnnotationChange}
      onChange={jest.fn()}
      onRunQuery={jest.fn()}
    />
  );
  await pick('Mark', 'Lost runs');
  expect(onAnnotationChange.mock.lastCall?.[0].target).toMatchObject({ annotation: 'lost_runs' });
});

describe('the config editor', () => {
  type Options = DataSourceSettings<RunlaneSettings, RunlaneSecrets>;

  function setUp(jsonData: RunlaneSettings = {}, secureJsonFields: Record<string, boolean> = {}) {
    const onChange = jest.fn<void, [Options]>();
    const initial = { jsonData, secureJsonFields, secureJsonData: {} } as Options;
    render(
      <MemoryRouter>
        <Edited<Options> initial={initial} onChange={onChange}>
          {(value, change) => <ConfigEditor options={value} onOptionsChange={change} />}
        </Edited>
      </MemoryRouter>
    );
    return { last: () => onChange.mock.lastCall?.[0] };
  }

  const input = (label: string | RegExp) => screen.getByLabelText(label);

  test('keeps the address without spaces and slashes at its end', async () => {
    const { last } = setUp();
    await userEvent.type(input(/^Address/), ' http://store:7331// ');
    await userEvent.tab();
    expect(last()?.jsonData.url).toBe('http://store:7331');
  });

  test.each(['store:7331', 'ftp://store', 'http://', 'http://store?x=1'])(
    'says what is wrong with the address %s',
    (url) => {
      setUp({ url });
      expect(screen.getByText(/Want an address such as/)).toBeInTheDocument();
    }
  );

  test('keeps the token where browsers cannot read it, and can replace it', async () => {
    const { last } = setUp({}, { readToken: true });
    expect(screen.queryByDisplayValue('secret')).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: /reset/i }));
    await userEvent.type(input(/^Read token/), 'new-secret');
    expect(last()).toMatchObject({
      secureJsonData: { readToken: 'new-secret' },
      secureJsonFields: { readToken: false },
    });
    expect(JSON.stringify(last()?.jsonData)).not.toContain('new-secret');
  });

  test.each([
    ['javascript:alert(1)', /Begin with http/],
    ['https://jaeger/${trace}', /There is no \$\{trace\}/],
  ])('refuses the link template %s', (traceUrl, why) => {
    setUp({ traceUrl });
    expect(screen.getByText(why)).toBeInTheDocument();
  });

  test.each([
    ['{"checks":', /JSON|Unexpected|Expected/],
    ['{"chekcs":{}}', /chekcs/],
    ['{"checks":{"failures":{"allowed":7}}}', /failures/],
  ])('says what is wrong with the health rules %s', (healthSpec, why) => {
    setUp({ healthSpec });
    const alerts = screen.getAllByRole('alert').map((alert) => alert.textContent ?? '');
    expect(alerts.some((text) => why.test(text))).toBe(true);
  });

  test('says plainly that alert rules need Prometheus', () => {
    setUp();
    expect(within(document.body).getByText('Alert rules need Prometheus')).toBeInTheDocument();
  });

  describe('for Prometheus', () => {
    const PROMETHEUS = { uid: 'prom', name: 'Metrics', type: 'prometheus' };
    const AMAZON = { uid: 'amp', name: 'Managed', type: 'grafana-amazonprometheus-datasource' };
    const LOKI = { uid: 'loki', name: 'Logs', type: 'loki' };

    function have(...sources: Array<{ uid: string; name: string; type: string }>) {
      const all = sources.map((one) => ({ ...one, meta: { info: { logos: { small: '' } } } }));
      setDataSourceSrv({
        getList: ({ filter = () => true }: { filter?: (one: object) => boolean } = {}) => all.filter(filter),
        getInstanceSettings: (ref: { uid?: string } | string | null | undefined) => {
          const wanted = typeof ref === 'string' ? ref : ref?.uid;
          return all.find(({ uid, name }) => uid === wanted || name === wanted);
        },
      } as unknown as DataSourceSrv);
    }
    beforeEach(() => have(PROMETHEUS, AMAZON, LOKI));
    const byAddress = { system: 'prometheus', url: 'http://p:9090' } as const;

    test('is a source system, which forgets the address of another', async () => {
      const { last } = setUp({ url: 'http://store:7331' });
      await pick('Source system', 'Prometheus');
      expect(last()?.jsonData).toMatchObject({ system: 'prometheus', url: undefined });
      expect(screen.queryByLabelText(/^Read token/)).not.toBeInTheDocument();
      expect(screen.getByText(/it has the same figures/)).toBeInTheDocument();
    });

    test('offers data sources that are Prometheus, those of clouds too, and no others', async () => {
      const { last } = setUp({ system: 'prometheus' });
      await userEvent.click(screen.getByLabelText('Select a data source'));
      expect(screen.getAllByText(/Metrics|Managed/)).not.toHaveLength(0);
      expect(screen.queryByText('Logs')).not.toBeInTheDocument();
      await pick('Select a data source', 'Managed');
      expect(last()?.jsonData.prometheusUid).toBe('amp');
    });

    test('says when the chosen data source is gone, and when there is none at all', () => {
      setUp({ system: 'prometheus', prometheusUid: 'deleted' });
      expect(screen.getByText(/no data source with the uid deleted/)).toBeInTheDocument();
      cleanup();
      have(LOKI);
      setUp({ system: 'prometheus' });
      expect(screen.getByText(/no Prometheus data source yet/)).toBeInTheDocument();
      expect(screen.getByRole('link', { name: 'Add one' })).toBeInTheDocument();
    });

    test('takes an address instead, and then no data source', async () => {
      const { last } = setUp({ system: 'prometheus', prometheusUid: 'prom' });
      await userEvent.click(screen.getByLabelText('An address'));
      await userEvent.type(input(/^Address/), 'http://prom:9090');
      expect(last()?.jsonData).toMatchObject({ prometheusUid: undefined, url: 'http://prom:9090' });
    });

    test('offers every profile, and says by what one is recognised and what it needs', async () => {
      const { last } = setUp({ system: 'prometheus' });
      await pick('Profile', 'Celery (celery');
      expect(last()?.jsonData.prometheusProfile).toBe('celery-exporter');
      expect(screen.getByText('celery_task_received_total')).toBeInTheDocument();
      expect(screen.getByText(/task_send_sent_event/)).toBeInTheDocument();
    });

    test('names a profile that this version does not know', () => {
      setUp({ system: 'prometheus', prometheusProfile: 'nagios' });
      expect(screen.getByText(/knows no profile nagios/)).toBeInTheDocument();
    });

    test('takes a profile of one’s own, from an example that is right, and says what is wrong with another', async () => {
      const { last } = setUp({ system: 'prometheus' });
      await pick('Profile', 'Custom');
      await userEvent.click(screen.getByRole('button', { name: 'Start from this example' }));
      expect(screen.queryByText(/cannot be used/)).not.toBeInTheDocument();
      expect(last()?.jsonData.customProfile).toContain('orders_total');
      cleanup();
      setUp({ system: 'prometheus', customProfile: '{"facts":{"complete":"up"}}' });
      expect(screen.getByText(/profile\.facts\.complete/)).toBeInTheDocument();
    });

    test('signs in with a token that no browser can read', async () => {
      const { last } = setUp(byAddress);
      await userEvent.click(screen.getByLabelText('A token'));
      await userEvent.type(input(/^Token/), 'secret');
      expect(last()).toMatchObject({
        basicAuth: false,
        jsonData: { prometheusAuth: 'token' },
        secureJsonData: { prometheusToken: 'secret' },
      });
      expect(JSON.stringify(last()?.jsonData)).not.toContain('secret');
    });

    test('signs in with user and password, and forgets that it did', async () => {
      const { last } = setUp(byAddress);
      await userEvent.click(screen.getByLabelText('User and password'));
      await userEvent.type(input(/^User$/), 'me');
      await userEvent.type(input(/^Password/), 'secret');
      expect(last()).toMatchObject({
        basicAuth: true,
        basicAuthUser: 'me',
        jsonData: { prometheusAuth: 'basic' },
        secureJsonData: { basicAuthPassword: 'secret' },
      });
      await userEvent.click(screen.getByLabelText('Nothing'));
      expect(last()).toMatchObject({ basicAuth: false, jsonData: { prometheusAuth: undefined } });
    });
  });

  test('Airflow’s token goes to Grafana’s server, and is none of Prometheus’', async () => {
    const { last } = setUp({ system: 'airflow', url: 'http://airflow:8080' });
    await userEvent.click(screen.getByLabelText('A token'));
    await userEvent.type(input(/^Token/), 'secret');
    expect(last()).toMatchObject({ jsonData: { airflowAuth: 'token' }, secureJsonData: { airflowToken: 'secret' } });
    expect(last()?.jsonData).not.toHaveProperty('prometheusAuth');
  });

  test('Kubernetes: what is read of the cluster, and the authority that Grafana’s server is to trust', async () => {
    const { last } = setUp({ system: 'kubernetes', url: 'https://kubernetes.default.svc' });
    await userEvent.type(input(/^Token of a service account/), 'secret');
    await userEvent.type(input(/^Namespaces/), 'shop, billing');
    await userEvent.type(input(/^Name of the cluster/), 'eu');
    await userEvent.click(input(/^Certificate of its authority/));
    await userEvent.paste('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
    expect(last()).toMatchObject({
      jsonData: { kubernetesNamespaces: 'shop, billing', kubernetesCluster: 'eu', tlsAuthWithCACert: true },
      secureJsonData: {
        kubernetesToken: 'secret',
        tlsCACert: expect.stringMatching(/^-----BEGIN[^]*\nMIIB\n/) as unknown,
      },
    });
  });

  test('a certificate of Kubernetes that is taken away is not asked for any more', async () => {
    const { last } = setUp({ system: 'kubernetes', tlsAuthWithCACert: true }, { tlsCACert: true });
    await userEvent.click(screen.getByRole('button', { name: /reset/i }));
    expect(last()).toMatchObject({ jsonData: { tlsAuthWithCACert: false }, secureJsonFields: { tlsCACert: false } });
  });
});
