import type { ConfigReader, Path } from '../yaml/config-reader';
import type { Grouping, ReceiverConfig, ReceiverTarget, ReceiverType } from './alerts-config';
import { ENDPOINT_KEYS, readAddresses, readEndpoint, readSmtp } from './read-endpoint';

const TYPES: readonly ReceiverType[] = ['alertmanager', 'webhook', 'wecom', 'dingtalk', 'email', 'jira'];
const MOST_RECIPIENTS = 100;
const MOST_ASSIGNEES = 1_000;

const KEYS: Readonly<Record<ReceiverType, readonly string[]>> = {
  alertmanager: ENDPOINT_KEYS,
  webhook: ENDPOINT_KEYS,
  wecom: ENDPOINT_KEYS,
  dingtalk: [...ENDPOINT_KEYS, 'secretEnv'],
  email: ['to', 'from', 'smtp'],
  jira: [
    ...ENDPOINT_KEYS,
    'project',
    'issueType',
    'labels',
    'assignees',
    'assignee',
    'assigneeBy',
    'resolveTransition',
  ],
};

/** Reads one entry of `alerts.receivers`; `undefined` when it cannot be used, which was told to `reader`. */
export function readReceiver(
  reader: ConfigReader,
  path: Path,
  name: string,
  groupingKeys: readonly string[],
  grouping: Grouping
): ReceiverConfig | undefined {
  const type = reader.oneOf([...path, 'type'], TYPES);
  if (type === undefined) {
    return reader.value([...path, 'type']) === undefined
      ? reader.fault(path, `${path.join('.')}.type is missing. Want one of ${TYPES.join(', ')}.`)
      : undefined;
  }
  reader.knows(path, ['type', ...KEYS[type], ...groupingKeys, 'sendResolved', 'timeout']);
  const target = readTarget(reader, path, type);
  const timeoutMs = reader.duration([...path, 'timeout'], 100, 300_000) ?? 10_000;
  const sendResolved = reader.truth([...path, 'sendResolved']) ?? true;
  return target === undefined ? undefined : { name, target, ...grouping, timeoutMs, sendResolved };
}

function readTarget(reader: ConfigReader, path: Path, type: ReceiverType): ReceiverTarget | undefined {
  if (type === 'email') {
    return readEmail(reader, path);
  }
  const endpoint = readEndpoint(reader, path);
  switch (type) {
    case 'alertmanager':
    case 'webhook':
    case 'wecom':
      return endpoint && { type, endpoint };
    case 'dingtalk': {
      const secret = reader.secret([...path, 'secretEnv']);
      return endpoint && { type, endpoint, ...(secret !== undefined && { secret }) };
    }
    case 'jira': {
      const project = reader.text([...path, 'project'], 100);
      const assignee = reader.text([...path, 'assignee'], 200);
      const resolveTransition = reader.text([...path, 'resolveTransition'], 200);
      const owners = reader.names([...path, 'assignees'], MOST_ASSIGNEES);
      if (project === undefined) {
        return reader.fault(path, `${path.join('.')}.project is missing. Want the key of a Jira project.`);
      }
      return (
        endpoint && {
          type,
          endpoint,
          project,
          issueType: reader.text([...path, 'issueType'], 100) ?? 'Bug',
          labels: (reader.texts([...path, 'labels'], 20) ?? []).map((label) => label.replace(/\s+/g, '-')),
          assignees: Object.fromEntries(
            owners.map((owner) => [owner, reader.text([...path, 'assignees', owner], 200) ?? ''])
          ),
          ...(assignee !== undefined && { assignee }),
          assigneeBy: reader.oneOf([...path, 'assigneeBy'], ['accountId', 'name'] as const) ?? 'accountId',
          ...(resolveTransition !== undefined && { resolveTransition }),
        }
      );
    }
  }
}

function readEmail(reader: ConfigReader, path: Path): ReceiverTarget | undefined {
  const to = readAddresses(reader, [...path, 'to'], MOST_RECIPIENTS);
  const [from] = readAddresses(reader, [...path, 'from'], 1);
  const smtp = readSmtp(reader, [...path, 'smtp']);
  if (to.length === 0 || from === undefined) {
    return reader.fault(path, `${path.join('.')} needs to and from. Want mail addresses.`);
  }
  return smtp && { type: 'email', to, from, smtp };
}
