import type { Alert } from './alert';
import type { AlertsConfig, ReceiverConfig, ReceiverTarget } from './alerts-config';
import { AlertmanagerLane } from './alertmanager-lane';
import { GroupLane } from './group-lane';
import type { GroupLanePorts, GroupState } from './group-lane';
import type { Lane } from './lane';
import type { Deliver } from './notification';
import { jira } from './receivers/jira';
import { mailOf } from './receivers/mail-text';
import { dingtalk, wecom } from './receivers/robots';
import { webhook } from './receivers/webhook';
import { sendMail } from './send-mail';

export function createLane(
  receiver: ReceiverConfig,
  config: AlertsConfig,
  ports: GroupLanePorts,
  restored: Iterable<[key: string, state: GroupState]>,
  alertOf: (id: string) => Alert | undefined
): Lane {
  const { target } = receiver;
  if (target.type === 'alertmanager') {
    return new AlertmanagerLane(receiver, target.endpoint, config, ports);
  }
  return new GroupLane(receiver, deliverTo(target, receiver.timeoutMs, ports), config, ports, restored, alertOf);
}

function deliverTo(
  target: Exclude<ReceiverTarget, { type: 'alertmanager' }>,
  timeoutMs: number,
  ports: GroupLanePorts
): Deliver {
  switch (target.type) {
    case 'webhook':
      return webhook(target.endpoint);
    case 'wecom':
      return wecom(target.endpoint);
    case 'dingtalk':
      return dingtalk(target.endpoint, target.secret, ports.now);
    case 'jira':
      return jira(target);
    case 'email':
      return async (notification, signal) => {
        const { from, to, smtp } = target;
        await sendMail(smtp, { from, to, ...mailOf(notification) }, signal, timeoutMs);
        return undefined;
      };
  }
}
