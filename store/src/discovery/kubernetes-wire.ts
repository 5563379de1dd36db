import { optional, readArray, readNumber, readObject, readText, ShapeError } from '../../../src/model/read-shape';
import type { Fields } from '../../../src/model/read-shape';
import type { Target } from './target';

/** By its name or by its number. */
export type PortWanted = string | number;

/** A service or a pod, as far as it has an address. */
export interface Addressed {
  uid: string;
  /** Absent: it has none now, as a pod that has ended. */
  target?: Target;
  /** Why it has none though it should. */
  leftOut?: string;
}

interface Port {
  name?: string;
  number: number;
}

/** It answers under its name, within the cluster. @throws ShapeError */
export function readService(item: Fields, wanted?: PortWanted): Addressed {
  const { uid, name, namespace, labels } = readMeta(item);
  const spec = readObject(item['spec'], 'spec');
  const ports = readPorts(spec['ports'], 'port');
  const host = `${name}.${namespace}.svc`;
  return { uid, ...addressOf(host, ports, wanted, `The service ${namespace}/${name}`, labels) };
}

/** It answers under its own address while it runs. @throws ShapeError */
export function readPod(item: Fields, wanted?: PortWanted): Addressed {
  const { uid, name, namespace, labels, isLeaving } = readMeta(item);
  const spec = readObject(item['spec'], 'spec');
  const status = optional(item['status'], 'status', readObject) ?? {};
  const ip = optional(status['podIP'], 'podIP', readText) ?? '';
  if (isLeaving || status['phase'] !== 'Running' || ip === '') {
    return { uid };
  }
  const ports = readArray(spec['containers'], 'containers').flatMap((container) =>
    readPorts(readObject(container, 'container')['ports'], 'containerPort')
  );
  const node = optional(spec['nodeName'], 'nodeName', readText);
  const host = ip.includes(':') ? `[${ip}]` : ip;
  const known = { ...labels, ...(node !== undefined && { node }) };
  return { uid, ...addressOf(host, ports, wanted, `The pod ${namespace}/${name}`, known) };
}

function addressOf(
  host: string,
  ports: readonly Port[],
  wanted: PortWanted | undefined,
  who: string,
  labels: Readonly<Record<string, string>>
): Pick<Addressed, 'target' | 'leftOut'> {
  const port =
    typeof wanted === 'number' ? wanted : ports.find(({ name }) => wanted === undefined || name === wanted)?.number;
  return port === undefined
    ? { leftOut: `${who} has no port${wanted === undefined ? '' : ` called ${wanted}`}. Set port to its number.` }
    : { target: { address: `${host}:${port}`, labels } };
}

function readMeta(item: Fields) {
  const meta = readObject(item['metadata'], 'metadata');
  const name = readText(meta['name'], 'name');
  const namespace = readText(meta['namespace'], 'namespace');
  return {
    uid: readText(meta['uid'], 'uid'),
    name,
    namespace,
    isLeaving: typeof meta['deletionTimestamp'] === 'string',
    labels: { ...readLabels(meta['labels']), name, namespace },
  };
}

function readLabels(value: unknown): Record<string, string> {
  const labels = optional(value, 'labels', readObject) ?? {};
  return Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, readText(text, `labels.${name}`)]));
}

function readPorts(value: unknown, field: string): Port[] {
  return (optional(value, 'ports', readArray) ?? []).map((one) => {
    const port = readObject(one, 'port');
    const name = optional(port['name'], 'name', readText);
    const number = readNumber(port[field], field);
    if (!Number.isInteger(number) || number < 1 || number > 65_535) {
      throw new ShapeError(field, number, 'a port');
    }
    return { ...(name !== undefined && { name }), number };
  });
}
