/**
 * What Grafana reads of alert rules in `provisioning/alerting/`, as JSON Schema: every key that it knows, though our files
 * use some only. It ignores unknown keys without a word, and does not start when a required one is missing.
 */
const text = { type: 'string', minLength: 1 } as const;
const uid = { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,40}$' } as const;
const duration = { type: 'string', pattern: '^\\d+(ms|s|m|h|d|w|y)$' } as const;
const whole = { type: 'integer', minimum: 0 } as const;
const numbers = { type: 'array', items: { type: 'number' }, minItems: 1 } as const;
const texts = { type: 'array', items: text, uniqueItems: true } as const;

function record(required: readonly string[], properties: object) {
  return { type: 'object', additionalProperties: false, required, properties };
}

const evaluator = record(['type', 'params'], {
  type: { enum: ['gt', 'lt', 'gte', 'lte', 'eq', 'ne', 'within_range', 'outside_range'] },
  params: numbers,
});
const expressionSource = record(['type', 'uid'], { type: { const: '__expr__' }, uid: { const: '__expr__' } });

const prometheusQuery = record(['refId', 'expr', 'instant', 'range'], {
  refId: text,
  expr: text,
  instant: { type: 'boolean' },
  range: { type: 'boolean' },
  intervalMs: whole,
  maxDataPoints: whole,
});
const reduce = record(['refId', 'type', 'expression', 'reducer', 'datasource'], {
  refId: text,
  type: { const: 'reduce' },
  expression: text,
  reducer: { enum: ['last', 'min', 'max', 'mean', 'sum', 'count', 'median'] },
  settings: record(['mode'], { mode: { enum: ['dropNN', 'replaceNN'] }, replaceWithValue: { type: 'number' } }),
  datasource: expressionSource,
});
const threshold = record(['refId', 'type', 'expression', 'conditions', 'datasource'], {
  refId: text,
  type: { const: 'threshold' },
  expression: text,
  // The editor's form has all five keys; hysteresis allows one condition only.
  conditions: {
    type: 'array',
    minItems: 1,
    maxItems: 1,
    items: record(['evaluator', 'operator', 'query', 'reducer', 'type'], {
      evaluator,
      unloadEvaluator: evaluator,
      operator: record(['type'], { type: { enum: ['and', 'or'] } }),
      query: record(['params'], { params: texts }),
      reducer: record(['params', 'type'], { params: texts, type: text }),
      type: { const: 'query' },
    }),
  },
  datasource: expressionSource,
});

const query = {
  oneOf: [
    record(['refId', 'relativeTimeRange', 'datasourceUid', 'model'], {
      refId: text,
      queryType: { type: 'string' },
      relativeTimeRange: record(['from', 'to'], { from: { type: 'integer', minimum: 1 }, to: whole }),
      datasourceUid: { allOf: [uid, { not: { const: '__expr__' } }] },
      model: prometheusQuery,
    }),
    record(['refId', 'datasourceUid', 'model'], {
      refId: text,
      queryType: { type: 'string' },
      datasourceUid: { const: '__expr__' },
      model: { oneOf: [reduce, threshold] },
    }),
  ],
};

const notification = record(['receiver'], {
  receiver: text,
  group_by: texts,
  group_wait: duration,
  group_interval: duration,
  repeat_interval: duration,
  mute_time_intervals: texts,
  active_time_intervals: texts,
});

const rule = record(
  ['uid', 'title', 'condition', 'data', 'noDataState', 'execErrState', 'for', 'labels', 'annotations'],
  {
    uid,
    title: { type: 'string', minLength: 1, maxLength: 190 },
    condition: text,
    data: { type: 'array', minItems: 1, items: query },
    noDataState: { enum: ['NoData', 'Alerting', 'OK', 'KeepLast'] },
    execErrState: { enum: ['Alerting', 'Error', 'OK', 'KeepLast'] },
    for: duration,
    keepFiringFor: duration,
    missing_series_evals_to_resolve: { type: 'integer', minimum: 1 },
    labels: { type: 'object', additionalProperties: text },
    annotations: { type: 'object', additionalProperties: text },
    dashboardUid: uid,
    panelId: { type: 'integer', minimum: 1 },
    isPaused: { type: 'boolean' },
    notification_settings: notification,
  }
);

/** A file of alert rules, with rules to delete where there are some. */
export const RULES_SCHEMA = record(['apiVersion', 'groups'], {
  apiVersion: { const: 1 },
  groups: {
    type: 'array',
    minItems: 1,
    items: record(['orgId', 'name', 'folder', 'interval', 'rules'], {
      orgId: { type: 'integer', minimum: 1 },
      name: text,
      folder: text,
      interval: duration,
      rules: { type: 'array', minItems: 1, items: rule },
    }),
  },
  deleteRules: {
    type: 'array',
    items: record(['orgId', 'uid'], { orgId: { type: 'integer', minimum: 1 }, uid }),
  },
});
