import schema from './schema.json';

/** As much of JSON Schema as the types of the model need. */
export interface Shape {
  type?: string | readonly string[];
  const?: unknown;
  enum?: readonly unknown[];
  $ref?: string;
  properties?: Readonly<Record<string, Shape>>;
  required?: readonly string[];
  additionalProperties?: Shape | boolean;
  items?: Shape;
  anyOf?: readonly Shape[];
}

const DEFINITIONS = schema.definitions as unknown as Readonly<Record<string, Shape>>;

export function shapeOf(type: string): Shape {
  const shape = DEFINITIONS[type];
  if (shape === undefined) {
    throw new Error(`The model has no type ${type} in its schema. Add it to scripts/model-schema.`);
  }
  return shape;
}

/**
 * A value of a type with everything in it that the type names, optional facts too, each with one entry where it is a list. Texts
 * say where they stand, numbers differ from one another, so that a fact that is lost or mixed up shows.
 */
export function wholeOf<T>(type: string): T {
  let number = 1_700_000_000_000;
  const make = (shape: Shape, where: string): unknown => {
    if (shape.$ref !== undefined) {
      const name = shape.$ref.slice(shape.$ref.lastIndexOf('/') + 1);
      // The patterns of template literals are not in the schema.
      return name === 'GroupBy' ? 'label:team' : make(shapeOf(name), where);
    }
    if (shape.const !== undefined) {
      return shape.const;
    }
    if (shape.enum !== undefined) {
      return shape.enum[0];
    }
    if (shape.anyOf !== undefined) {
      return make(shape.anyOf[0] as Shape, where);
    }
    // What may be `null` in a column is a number where it is whole.
    switch (typeof shape.type === 'string' || shape.type === undefined ? shape.type : shape.type[0]) {
      case 'array':
        return [make(shape.items as Shape, `${where}[0]`)];
      case 'object': {
        const made = Object.entries(shape.properties ?? {}).map(([key, of]) => [key, make(of, `${where}.${key}`)]);
        const { additionalProperties: more } = shape;
        return Object.fromEntries(typeof more === 'object' ? [...made, ['some', make(more, `${where}.some`)]] : made);
      }
      case 'number':
      case 'integer':
        return number++;
      case 'boolean':
        return true;
      default:
        return where;
    }
  };
  return make(shapeOf(type), type) as T;
}

/** A place in a value, as keys from the outside in. */
export type Place = ReadonlyArray<string | number>;

/** Every property of a whole value of a type: where it stands, and whether it may be absent. */
export function placesOf(type: string): Array<{ place: Place; isOptional: boolean }> {
  const found: Array<{ place: Place; isOptional: boolean }> = [];
  const walk = (shape: Shape, place: Place): void => {
    if (shape.$ref !== undefined) {
      const name = shape.$ref.slice(shape.$ref.lastIndexOf('/') + 1);
      walk(name === 'GroupBy' ? { type: 'string' } : shapeOf(name), place);
    }
    if (shape.items !== undefined) {
      walk(shape.items, [...place, 0]);
    }
    for (const [key, of] of Object.entries(shape.properties ?? {})) {
      found.push({ place: [...place, key], isOptional: shape.required?.includes(key) !== true });
      walk(of, [...place, key]);
    }
  };
  walk(shapeOf(type), []);
  return found;
}

/** A copy of a value without what stands at a place. */
export function without<T>(value: T, place: Place): T {
  const copy = JSON.parse(JSON.stringify(value)) as T;
  const [last, ...outer] = [...place].reverse();
  const holder = outer.reverse().reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], copy);
  delete (holder as Record<string | number, unknown>)[last as string | number];
  return copy;
}
