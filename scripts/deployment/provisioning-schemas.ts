/**
 * What Grafana reads from `provisioning/`, as JSON Schema: the keys that our files use. Grafana ignores unknown keys
 * without a word, so they are refused here.
 */
const uid = { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,40}$' } as const;
const orgId = { type: 'integer', minimum: 1 } as const;
const text = { type: 'string', minLength: 1 } as const;

/** A provisioning file that holds one list. */
export function file(list: string, item: object) {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['apiVersion', list],
    properties: { apiVersion: { const: 1 }, [list]: { type: 'array', minItems: 1, items: item } },
  };
}

export const DATA_SOURCES_SCHEMA = file('datasources', {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'uid', 'type', 'access'],
  properties: {
    name: text,
    uid,
    type: text,
    access: { const: 'proxy' },
    orgId,
    url: { type: 'string', pattern: '^https?://' },
    isDefault: { type: 'boolean' },
    editable: { type: 'boolean' },
    jsonData: { type: 'object', additionalProperties: { anyOf: [{ type: 'string' }, { type: 'boolean' }] } },
    secureJsonData: { type: 'object', additionalProperties: { type: 'string', pattern: '^\\$[A-Z_]+$' } },
  },
});

export const APPS_SCHEMA = file('apps', {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'disabled'],
  properties: { type: text, org_id: orgId, disabled: { type: 'boolean' } },
});

export const DASHBOARD_PROVIDERS_SCHEMA = file('providers', {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'type', 'options'],
  properties: {
    name: text,
    orgId,
    folder: text,
    folderUid: uid,
    type: { const: 'file' },
    allowUiUpdates: { type: 'boolean' },
    updateIntervalSeconds: { type: 'integer', minimum: 10 },
    options: {
      type: 'object',
      additionalProperties: false,
      required: ['path'],
      properties: { path: { type: 'string', pattern: '^/' } },
    },
  },
});
