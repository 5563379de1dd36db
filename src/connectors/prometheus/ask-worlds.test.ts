import { KUBE_JOBS } from '../../prometheus/profiles/kube-jobs';
import { ONE_WORLD, readWorldLabels } from '../../prometheus/worlds';
import type { Http } from '../connector';
import { askWorlds } from './ask-worlds';

const { signal } = new AbortController();

describe('what tells worlds apart', () => {
  function index(labels: Record<string, string[]>) {
    const asked: string[] = [];
    const http: Http = async (path) => {
      asked.push(decodeURIComponent(path));
      const [, label = ''] = /^\/api\/v1\/label\/(\w+)\/values/.exec(path) ?? [];
      const data = path.startsWith('/api/v1/labels?') ? Object.keys(labels) : labels[label];
      return { status: 200, body: JSON.stringify({ status: 'success', data }) };
    };
    return { http, asked };
  }

  test('is every label of the platform and the exporter that has two values', async () => {
    const { http, asked } = index({
      cluster: ['eu', 'us'],
      namespace: ['monitoring'],
      exported_namespace: ['ops', 'shop'],
      pod: ['a', 'b'],
      instance: ['a:1', 'b:1'],
    });
    expect((await askWorlds(http, KUBE_JOBS, signal)).labels).toEqual(['cluster', 'exported_namespace']);
    expect(asked[0]).toBe('/api/v1/labels?start=1&match[]={__name__=~"kube_job_status_start_time|kube_job_info"}');
    expect(asked.some((path) => path.includes('/label/pod/'))).toBe(false);
  });

  test('is what the user says, where the user says it', async () => {
    const { http } = index({ cluster: ['eu', 'us'], site: ['a', 'b'] });
    const profile = { ...KUBE_JOBS, worlds: readWorldLabels(' site,shift ') };
    expect((await askWorlds(http, profile, signal)).labels).toEqual(['site']);
    expect(() => readWorldLabels('site, my-site')).toThrow(/"my-site" is no name of a Prometheus label/);
  });

  test('is nothing where there is one, or where nobody can say', async () => {
    expect(await askWorlds(index({ cluster: ['eu'] }).http, KUBE_JOBS, signal)).toEqual({
      ...ONE_WORLD,
      there: ['cluster'],
    });
    expect(await askWorlds(async () => ({ status: 404, body: '' }), KUBE_JOBS, signal)).toEqual(ONE_WORLD);
  });
});
