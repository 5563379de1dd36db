import { parseXml, XmlElement, XmlError } from '@rgrove/parse-xml';

/** What XML-RPC can say, as far as Supervisor says it. */
export type RpcValue = string | number | boolean | undefined | RpcValue[] | { [name: string]: RpcValue };

export type RpcAnswer = { value: RpcValue } | { fault: { code: number; message: string } };

/** It is no XML-RPC, or was cut. */
export class RpcShapeError extends Error {}

/** A call as the body of a POST. Parameters are whole numbers or texts. */
export function encodeCall(method: string, parameters: ReadonlyArray<number | string>): string {
  const values = parameters.map((parameter) => {
    const type = typeof parameter === 'number' ? 'int' : 'string';
    return `<param><value><${type}>${escapeXml(String(parameter))}</${type}></value></param>`;
  });
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values.join('')}</params></methodCall>`;
}

/**
 * The answer to a call. Control characters, which programs write into logs and XML does not allow, come as `?`: one byte for one
 * byte, so that lengths stay as they were.
 *
 * @throws RpcShapeError
 */
export function decodeAnswer(xml: string): RpcAnswer {
  let root: XmlElement | null;
  try {
    // eslint-disable-next-line no-control-regex
    root = parseXml(xml.replace(/[\x00-\x08\x0b-\x1f]/g, '?').replace(/[\ufffe\uffff]/g, '???')).root;
  } catch (error) {
    throw new RpcShapeError(error instanceof XmlError ? error.message.split('\n', 1)[0] : String(error));
  }
  if (root?.name !== 'methodResponse') {
    throw new RpcShapeError(`the root element is ${root?.name ?? 'missing'}, wanted methodResponse`);
  }
  const fault = childOf(root, 'fault');
  if (fault === undefined) {
    return { value: readValue(wanted(wanted(wanted(root, 'params'), 'param'), 'value')) };
  }
  const value = readValue(wanted(fault, 'value'));
  const said = typeof value === 'object' && !Array.isArray(value) ? value : {};
  return { fault: { code: Number(said['faultCode']), message: String(said['faultString']) } };
}

function readValue(element: XmlElement): RpcValue {
  const typed = elementsOf(element)[0];
  // A value without a type is text.
  if (typed === undefined) {
    return element.text;
  }
  switch (typed.name) {
    case 'int':
    case 'i4':
    case 'i8':
    case 'double':
      return Number(typed.text);
    case 'boolean':
      return typed.text.trim() === '1';
    case 'string':
      return typed.text;
    case 'nil':
      return undefined;
    case 'array':
      return elementsOf(wanted(typed, 'data')).map(readValue);
    case 'struct':
      return Object.fromEntries(
        elementsOf(typed).map((member) => [wanted(member, 'name').text, readValue(wanted(member, 'value'))])
      );
    default:
      throw new RpcShapeError(`a value has the type ${typed.name}, which Supervisor does not send`);
  }
}

function elementsOf(parent: XmlElement): XmlElement[] {
  return parent.children.filter((child) => child instanceof XmlElement);
}

function childOf(parent: XmlElement, name: string): XmlElement | undefined {
  return elementsOf(parent).find((child) => child.name === name);
}

function wanted(parent: XmlElement, name: string): XmlElement {
  const child = childOf(parent, name);
  if (child === undefined) {
    throw new RpcShapeError(`<${parent.name}> has no <${name}>`);
  }
  return child;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
