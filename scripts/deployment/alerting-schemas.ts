import { file } from './provisioning-schemas';

/**
 * What Grafana reads from `provisioning/alerting/` beside rules, as JSON Schema: every setting that a receiver of its type
 * knows, and those that it must have. Grafana ignores unknown keys and does not start without the required ones, or when a
 * text turns out to be a number.
 */
const text = { type: 'string', minLength: 1 } as const;
const truth = { type: 'boolean' } as const;
const texts = { type: 'array', items: text, minItems: 1, uniqueItems: true } as const;
const duration = { type: 'string', pattern: '^\\d+(ms|s|m|h|d|w|y)$' } as const;
const orgId = { type: 'integer', minimum: 1 } as const;
const address = { type: 'string', pattern: '^(https?://\\S+|\\$[A-Z_]+)$' } as const;
const anyTexts = { type: 'object', additionalProperties: { type: 'string' } } as const;

function settings(required: readonly string[], properties: object, alternatives?: object) {
  return { type: 'object', additionalProperties: false, required, properties, ...alternatives };
}

const TYPES: Readonly<Record<string, object>> = {
  wecom: settings(
    [],
    {
      url: address,
      secret: text,
      agent_id: text,
      corp_id: text,
      endpointUrl: address,
      msgtype: { enum: ['markdown', 'text'] },
      message: text,
      title: text,
      touser: text,
    },
    { oneOf: [{ required: ['url'] }, { required: ['secret', 'agent_id', 'corp_id'] }] }
  ),
  dingding: settings(['url'], {
    url: address,
    msgType: { enum: ['link', 'actionCard'] },
    title: text,
    message: text,
  }),
  email: settings(['addresses'], {
    addresses: { type: 'string', pattern: '@|^\\$' },
    singleEmail: truth,
    subject: text,
    message: text,
  }),
  webhook: settings(['url'], {
    url: address,
    httpMethod: { enum: ['POST', 'PUT'] },
    maxAlerts: { type: 'integer', minimum: 0 },
    authorization_scheme: text,
    authorization_credentials: text,
    username: text,
    password: text,
    title: text,
    message: text,
    headers: anyTexts,
    tlsConfig: settings([], {
      insecureSkipVerify: truth,
      caCertificate: text,
      clientCertificate: text,
      clientKey: text,
    }),
    hmacConfig: settings(['secret'], { secret: text, header: text, timestampHeader: text }),
    payload: settings(['template'], { template: text, vars: anyTexts }),
  }),
  jira: settings(
    ['api_url', 'project', 'issue_type'],
    {
      api_url: { type: 'string', pattern: '^https?://\\S+/rest/api/[23]$' },
      project: text,
      issue_type: text,
      api_token: text,
      user: text,
      password: text,
      summary: text,
      description: text,
      labels: texts,
      priority: text,
      resolve_transition: text,
      reopen_transition: text,
      reopen_duration: duration,
      wont_fix_resolution: text,
      dedup_key_field: { type: 'string', pattern: '^\\d+$' },
      fields: { type: 'object' },
    },
    { oneOf: [{ required: ['api_token'] }, { required: ['user', 'password'] }] }
  ),
  pagerduty: settings(['integrationKey'], {
    integrationKey: text,
    severity: text,
    class: text,
    component: text,
    group: text,
    summary: text,
    source: text,
    client: text,
    client_url: text,
    details: anyTexts,
    url: address,
  }),
  slack: settings(
    [],
    {
      url: address,
      token: text,
      recipient: text,
      title: text,
      text: text,
      username: text,
      icon_emoji: text,
      icon_url: text,
      mentionUsers: text,
      mentionGroups: text,
      mentionChannel: { enum: ['here', 'channel'] },
      endpointUrl: address,
      color: text,
    },
    { oneOf: [{ required: ['url'] }, { required: ['token', 'recipient'] }] }
  ),
};

const receiver = {
  oneOf: Object.entries(TYPES).map(([type, ofType]) => ({
    type: 'object',
    additionalProperties: false,
    required: ['uid', 'type', 'settings'],
    properties: {
      uid: { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,40}$' },
      type: { const: type },
      disableResolveMessage: truth,
      settings: ofType,
    },
  })),
} as const;

export const CONTACT_POINTS_SCHEMA = file('contactPoints', {
  type: 'object',
  additionalProperties: false,
  required: ['orgId', 'name', 'receivers'],
  properties: { orgId, name: text, receivers: { type: 'array', minItems: 1, items: receiver } },
});

export const TEMPLATES_SCHEMA = file('templates', {
  type: 'object',
  additionalProperties: false,
  required: ['orgId', 'name', 'template'],
  properties: { orgId, name: text, template: text },
});

export const MUTE_TIMES_SCHEMA = file('muteTimes', {
  type: 'object',
  additionalProperties: false,
  required: ['orgId', 'name', 'time_intervals'],
  properties: {
    orgId,
    name: text,
    time_intervals: {
      type: 'array',
      minItems: 1,
      items: settings([], {
        times: {
          type: 'array',
          items: settings(['start_time', 'end_time'], {
            start_time: { type: 'string', pattern: '^\\d\\d:\\d\\d$' },
            end_time: { type: 'string', pattern: '^\\d\\d:\\d\\d$' },
          }),
        },
        weekdays: texts,
        days_of_month: texts,
        months: texts,
        years: texts,
        location: text,
      }),
    },
  },
});

const route = {
  receiver: text,
  group_by: texts,
  object_matchers: {
    type: 'array',
    items: {
      type: 'array',
      minItems: 3,
      maxItems: 3,
      items: [text, { enum: ['=', '!=', '=~', '!~'] }, text],
    },
  },
  mute_time_intervals: texts,
  active_time_intervals: texts,
  continue: truth,
  group_wait: duration,
  group_interval: duration,
  repeat_interval: duration,
} as const;

export const POLICIES_SCHEMA = file('policies', {
  ...settings(['orgId', 'receiver', 'group_by'], {
    orgId,
    ...route,
    routes: { type: 'array', items: settings(['receiver', 'object_matchers'], route) },
  }),
});
