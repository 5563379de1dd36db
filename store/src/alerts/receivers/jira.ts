import { hash64 } from '../../../../src/diagnosis/diagnose';
import type { Alert } from '../alert';
import type { Jira } from '../alerts-config';
import { DeliveryError } from '../delivery-error';
import { httpCall } from '../http-call';
import type { HttpCall } from '../http-call';
import type { Deliver, Notification } from '../notification';
import { wordsOf } from '../words';
import { mailOf, oneLine } from './mail-text';

const LONGEST_SUMMARY = 250;

/**
 * One issue per group of alerts until it is done: created once, found again by its label, commented while the failures go
 * on, and moved on when they end. Jira's REST API, version 2, which Cloud, Server and Data Center all have.
 */
export function jira(target: Jira): Deliver {
  return async (notification, signal) => {
    const desk = new JiraDesk(target, signal);
    const label = `runlane-${hash64(notification.groupKey)}`;
    const known = notification.memo ?? (await desk.find(label));
    if (notification.status === 'resolved') {
      if (known !== undefined) {
        await desk.close(known, notification);
      }
      return undefined;
    }
    if (known !== undefined && (await desk.comment(known, notification))) {
      return known;
    }
    return desk.create(label, notification);
  };
}

class JiraDesk {
  constructor(
    private readonly target: Jira,
    private readonly signal: AbortSignal
  ) {}

  /** The key of the open issue with the label. */
  async find(label: string): Promise<string | undefined> {
    const query = { jql: `labels = "${label}" AND statusCategory != Done ORDER BY created DESC`, fields: 'status' };
    // Cloud knows only the first address, Server and Data Center only the second.
    for (const path of ['/rest/api/2/search/jql', '/rest/api/2/search']) {
      const { status, body } = await this.call({ method: 'GET', path, query, expected: [404, 405, 410] });
      if (status < 300) {
        const { issues } = readJson(body) as { issues?: Array<{ key?: unknown }> };
        const key = issues?.[0]?.key;
        return typeof key === 'string' ? key : undefined;
      }
    }
    throw new DeliveryError('Jira has no search that is known here', true);
  }

  async create(label: string, notification: Notification): Promise<string> {
    const { project, issueType, labels } = this.target;
    const assignee = this.assigneeOf(notification.alerts);
    const fields = {
      project: { key: project },
      issuetype: { name: issueType },
      summary: summaryOf(notification),
      description: noFormat(mailOf(notification).text),
      labels: ['runlane', label, ...labels],
    };
    const path = '/rest/api/2/issue';
    let { status, body } = await this.call({
      path,
      body: { fields: { ...fields, ...(assignee !== undefined && { assignee }) } },
      expected: [400],
    });
    if (status === 400 && assignee !== undefined && 'assignee' in faultsOf(body)) {
      // Who left the company must not cost the ticket.
      ({ status, body } = await this.call({ path, body: { fields }, expected: [400] }));
    }
    const { key } = readJson(body) as { key?: unknown };
    if (status === 400 || typeof key !== 'string') {
      const wrong = Object.keys(faultsOf(body)).join(', ');
      throw new DeliveryError(`Jira did not take the issue${wrong === '' ? '' : ` (fields: ${wrong})`}`, false);
    }
    return key;
  }

  /** Whether the issue is still there. */
  async comment(key: string, notification: Notification): Promise<boolean> {
    const { status } = await this.call({
      path: `/rest/api/2/issue/${encodeURIComponent(key)}/comment`,
      body: { body: `${summaryOf(notification)}\n${noFormat(mailOf(notification).text)}` },
      expected: [404],
    });
    return status < 300;
  }

  async close(key: string, notification: Notification): Promise<void> {
    const { resolveTransition } = this.target;
    const path = `/rest/api/2/issue/${encodeURIComponent(key)}/transitions`;
    if (resolveTransition !== undefined) {
      const { body } = await this.call({ method: 'GET', path, expected: [404] });
      const { transitions } = readJson(body) as { transitions?: Array<{ id?: unknown; name?: unknown }> };
      const wanted = transitions?.find(
        ({ name }) => typeof name === 'string' && name.toLowerCase() === resolveTransition.toLowerCase()
      );
      if (wanted !== undefined) {
        await this.call({ path, body: { transition: { id: wanted.id } } });
      }
    }
    await this.comment(key, notification);
  }

  private assigneeOf(alerts: readonly Alert[]): Record<string, string> | undefined {
    const { assignees, assignee, assigneeBy } = this.target;
    const owners = alerts.flatMap(({ owner }) => owner ?? []);
    const mapped = owners.map((owner) => (Object.hasOwn(assignees, owner) ? assignees[owner] : undefined));
    const person = mapped.find((name) => name !== undefined && name !== '') ?? assignee;
    return person === undefined ? undefined : { [assigneeBy]: person };
  }

  private call(call: Omit<HttpCall, 'signal'>) {
    return httpCall(this.target.endpoint, { ...call, signal: this.signal });
  }
}

function summaryOf({ alerts, status, language }: Notification): string {
  const [first] = alerts;
  const summary = first?.annotations['summary'] ?? first?.labels['alertname'] ?? '';
  return oneLine(status === 'resolved' ? `[${wordsOf(language).resolved}] ${summary}` : summary, LONGEST_SUMMARY);
}

/** As it is: no word of a failure is read as Jira's markup. */
function noFormat(text: string): string {
  return `{noformat}\n${text.replace(/\{(?=noformat)/gi, '{ ')}\n{noformat}`;
}

function faultsOf(body: string): object {
  const { errors } = readJson(body) as { errors?: unknown };
  return typeof errors === 'object' && errors !== null ? errors : {};
}

function readJson(body: string): object {
  try {
    const found: unknown = JSON.parse(body);
    return typeof found === 'object' && found !== null ? found : {};
  } catch {
    return {};
  }
}
