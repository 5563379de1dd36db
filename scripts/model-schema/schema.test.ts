import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCHEMA_FILE, schemaText } from './schema';

it('the schema says what the types of the model say; renew it with npm run schema', () => {
  expect(readFileSync(join(__dirname, '../..', SCHEMA_FILE), 'utf8')).toBe(schemaText());
});
