import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCHEMA_FILE, schemaText } from './schema';

/** `npm run schema`: writes what the types of the model say as JSON Schema. */
writeFileSync(join(__dirname, '../..', SCHEMA_FILE), schemaText());
