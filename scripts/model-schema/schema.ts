import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';
import type { Schema } from 'ts-json-schema-generator';

const ROOT = join(__dirname, '../..');

/** What goes over the wire: events in, answers out. What these are made of comes with them. */
const SENT = [
  'TaskEvent',
  'RunsAnswer',
  'TimelineAnswer',
  'StatesAnswer',
  'ThroughputAnswer',
  'DurationsAnswer',
  'HealthAnswer',
  'FailuresAnswer',
  'WorkersAnswer',
  'QueuesAnswer',
  'ResourcesAnswer',
  'TransitionsAnswer',
  'RunAnswer',
  'RunDetail',
  'AssetsNow',
  'PartsNow',
  'SourceStatus',
  'DiscoveryStatus',
];

/** The types of the model as JSON Schema (draft 7), by name; what they do not name is forbidden. */
export function modelSchemas(): Record<string, Schema> {
  const generator = createGenerator({
    path: join(ROOT, 'src/model/{answer,task-event,task-run,source-status}.ts'),
    tsconfig: join(ROOT, 'tsconfig.portable.json'),
    // `npm run check` has done that.
    skipTypeCheck: true,
    jsDoc: 'extended',
    additionalProperties: false,
  });
  const schemas: Record<string, Schema> = {};
  for (const name of SENT) {
    for (const [key, schema] of Object.entries(generator.createSchema(name).definitions ?? {})) {
      schemas[key] = schema as Schema;
    }
  }
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const SCHEMA_FILE = 'src/model/schema.json';

/** The file that the store's OpenAPI document and the tests of decoders read. */
export function schemaText(): string {
  return `${JSON.stringify({ definitions: modelSchemas() }, null, 2)}\n`;
}
