import schema from '../../../src/model/schema.json';

interface ObjectSchema {
  type: 'object';
  properties: Readonly<Record<string, unknown>>;
  required: readonly string[];
  description?: string;
}

/** Answers of the model whose JSON says its version too. */
const VERSIONED = /Answer$|^RunDetail$/;

/**
 * The types of the model as OpenAPI 3.1 has them (`npm run schema` makes them of the types). Readers are to pass over what they do
 * not know, so nothing is forbidden here that a type does not name.
 */
export const MODEL_SCHEMAS: Readonly<Record<string, object>> = Object.fromEntries(
  Object.entries(opened(schema.definitions) as Record<string, ObjectSchema>).map(([name, of]) => [
    name,
    name === 'TaskEvent' ? asSent(of) : VERSIONED.test(name) ? versioned(of) : of,
  ])
);

/** An event as senders write it: of the first try where they do not say, an error also as mere text, no word of the store's own. */
function asSent({ properties, ...rest }: ObjectSchema): ObjectSchema {
  const { clockAheadMs: _, attempt, error, ...told } = properties;
  return {
    ...rest,
    required: ['source', 'runId', 'at'],
    properties: {
      ...told,
      attempt: { ...(attempt as object), default: 1 },
      error: { anyOf: [error, { type: 'string' }] },
    },
  };
}

function versioned({ properties, required, ...rest }: ObjectSchema): ObjectSchema {
  return { ...rest, required: ['v', ...required], properties: { v: { const: 1 }, ...properties } };
}

/** With references as OpenAPI writes them, and open to what is not named. */
function opened(of: unknown): unknown {
  if (Array.isArray(of)) {
    return of.map(opened);
  }
  if (typeof of !== 'object' || of === null) {
    return of;
  }
  const { additionalProperties, ...rest } = of as { additionalProperties?: unknown };
  return Object.fromEntries(
    Object.entries(additionalProperties === false ? rest : of).map(([key, value]) => [
      key,
      key === '$ref' ? String(value).replace('#/definitions/', '#/components/schemas/') : opened(value),
    ])
  );
}
