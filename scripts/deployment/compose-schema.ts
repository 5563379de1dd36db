/**
 * The part of the Compose specification that `docker-compose.yaml` uses, as JSON Schema. Unknown keys are refused, so a
 * misspelt one is found here and not by a stranger; a key that is used for the first time is added here.
 */
const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'array', items: text, minItems: 1, uniqueItems: true } as const;

const bindMount = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'source', 'target', 'bind'],
  properties: {
    type: { const: 'bind' },
    source: { type: 'string', pattern: '^\\./' },
    target: { type: 'string', pattern: '^/' },
    read_only: { type: 'boolean' },
    bind: {
      type: 'object',
      additionalProperties: false,
      required: ['create_host_path'],
      properties: { create_host_path: { const: false } },
    },
  },
} as const;

const volumeMount = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'source', 'target'],
  properties: {
    type: { const: 'volume' },
    source: { type: 'string', pattern: '^[a-z][a-z0-9-]*$' },
    target: { type: 'string', pattern: '^/' },
    read_only: { type: 'boolean' },
  },
} as const;

const service = {
  type: 'object',
  additionalProperties: false,
  oneOf: [{ required: ['image'] }, { required: ['build'] }],
  properties: {
    image: { type: 'string', pattern: '^[a-z0-9./-]+:(v?[0-9][0-9A-Za-z.-]*|\\$\\{[A-Z_]+:-[0-9.]+\\})$' },
    build: {
      type: 'object',
      additionalProperties: false,
      required: ['context', 'dockerfile', 'target'],
      properties: { context: text, dockerfile: text, target: text },
    },
    command: { type: 'array', items: text, minItems: 1 },
    depends_on: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['condition'],
        properties: { condition: { enum: ['service_started', 'service_healthy', 'service_completed_successfully'] } },
      },
    },
    // Text only: YAML would turn a bare true or 12.10 into something else than what was written.
    environment: {
      type: 'object',
      propertyNames: { pattern: '^[A-Z][A-Z0-9_]*$' },
      additionalProperties: { type: 'string' },
    },
    ports: {
      type: 'array',
      items: { type: 'string', pattern: '^127\\.0\\.0\\.1:(\\d+|\\$\\{[A-Z_]+:-\\d+\\}):\\d+$' },
      minItems: 1,
    },
    expose: { type: 'array', items: { type: 'string', pattern: '^\\d+$' }, minItems: 1 },
    volumes: { type: 'array', items: { oneOf: [bindMount, volumeMount] }, minItems: 1 },
    configs: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['source', 'target'],
        properties: { source: text, target: { type: 'string', pattern: '^/' } },
      },
    },
    tmpfs: texts,
    cap_drop: texts,
    security_opt: texts,
    read_only: { type: 'boolean' },
    init: { type: 'boolean' },
    mem_limit: { type: 'string', pattern: '^\\d+[kmg]$' },
    restart: { enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
  },
} as const;

export const COMPOSE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'services'],
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    services: { type: 'object', minProperties: 1, additionalProperties: service },
    configs: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['content'],
        properties: { content: text },
      },
    },
    volumes: { type: 'object', additionalProperties: { type: 'null' } },
  },
} as const;
