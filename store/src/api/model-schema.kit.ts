import Ajv from 'ajv';
import schema from '../../../src/model/schema.json';

const ajv = new Ajv({ allErrors: true, strictTypes: false }).addSchema({ ...schema, $id: 'model' });

/** What a value has that its type does not name, and lacks that its type demands: by place, in a few words. */
export function faultsOf(type: string, value: unknown): string[] {
  const isValid = ajv.validate({ $ref: `model#/definitions/${type}` }, value);
  return isValid ? [] : (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
