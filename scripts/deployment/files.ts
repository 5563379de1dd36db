import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(__dirname, '../..');

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function readYaml(path: string): unknown {
  return parse(readText(path), { uniqueKeys: true });
}

/** One line per fault, with the place in the document; none when the value fits. */
export function faultsOf(schema: object, value: unknown): string[] {
  const validate = new Ajv({ allErrors: true, strict: true, strictRequired: false }).compile(schema);
  return validate(value)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`
      );
}
