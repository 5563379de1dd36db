import { optional, readArray, readObject, readText, ShapeError } from '../../model/read-shape';
import type { Bytes } from '../../model/units';
import { readQuantity } from './quantity';

/** Memory in use of each pod, as `metrics.k8s.io` tells it: the working set of all of its containers. By `namespace/name`. */
export function readMemory(value: unknown): Map<string, Bytes> {
  const list = readObject(value, 'answer');
  if (list['kind'] !== 'PodMetricsList') {
    throw new ShapeError('kind', list['kind'], 'PodMetricsList');
  }
  const used = new Map<string, Bytes>();
  for (const item of optional(list['items'], 'items', readArray) ?? []) {
    const pod = readObject(item, 'items');
    const meta = readObject(pod['metadata'], 'metadata');
    const bytes = readArray(pod['containers'], 'containers').map((one) =>
      readQuantity(readObject(readObject(one, 'containers')['usage'], 'usage')['memory'])
    );
    if (bytes.length > 0 && bytes.every((one) => one !== undefined)) {
      const place = `${readText(meta['namespace'], 'namespace')}/${readText(meta['name'], 'name')}`;
      used.set(place, Math.round(bytes.reduce((sum, one) => sum + one, 0)));
    }
  }
  return used;
}
