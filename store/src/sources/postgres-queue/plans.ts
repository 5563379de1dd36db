import { optional, readArray, readObject, readText } from '../../../../src/model/read-shape';

/** A table that a question would read from its beginning to its end. */
export interface WholeScan {
  schema: string;
  table: string;
}

/** Tables that a plan (`explain (verbose, format json)`) reads whole. @throws ShapeError when it is no plan */
export function wholeScans(plan: string): WholeScan[] {
  const found: WholeScan[] = [];
  const visit = (value: unknown, where: string): void => {
    const node = readObject(value, where);
    if (node['Node Type'] === 'Seq Scan') {
      found.push({
        schema: readText(node['Schema'], `${where}.Schema`),
        table: readText(node['Relation Name'], `${where}.Relation Name`),
      });
    }
    const inner = optional(node['Plans'], `${where}.Plans`, readArray) ?? [];
    inner.forEach((one, index) => visit(one, `${where}.Plans[${index}]`));
  };
  readArray(JSON.parse(plan), 'plan').forEach((one) => visit(readObject(one, 'plan')['Plan'], 'plan'));
  return found;
}
