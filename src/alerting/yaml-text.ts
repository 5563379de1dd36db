/** What a YAML file of ours holds. `undefined` leaves a key out. */
export type YamlValue =
  string | number | boolean | undefined | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/**
 * YAML 1.2 in block style, two spaces deep. Text that YAML could read as anything else is written as a JSON string, which
 * is YAML too; so it comes back exactly, whatever quotes, line feeds or marks are in it.
 */
export function toYaml(value: YamlValue): string {
  return `${block(value, '').trimStart()}\n`;
}

function block(value: YamlValue, indent: string): string {
  if (isList(value)) {
    return value.length === 0
      ? ' []'
      : value.map((item) => `\n${indent}- ${block(item, `${indent}  `).trimStart()}`).join('');
  }
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return entries.length === 0
      ? ' {}'
      : entries.map(([key, item]) => `\n${indent}${scalar(key)}:${block(item, `${indent}  `)}`).join('');
  }
  if (typeof value === 'string' && isBlock(value)) {
    return ` |-\n${value.replace(/^/gm, indent)}`;
  }
  return ` ${scalar(value ?? '')}`;
}

/** Several lines of plain characters, with nothing at their ends that a parser might take away. */
function isBlock(text: string): boolean {
  return /^[\x21-\x7e][\x20-\x7e]*(\n[\x20-\x7e]*[\x21-\x7e])+$/.test(text);
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') {
    return String(value);
  }
  return isPlain(value) ? value : quoted(value);
}

/** Single quotes where they are enough: PromQL is full of double quotes and backslashes. */
function quoted(text: string): string {
  return /^[\x20-\x7e\xa1-\ud7ff\uf900-\ufdff]*$/.test(text)
    ? `'${text.replaceAll("'", "''")}'`
    : JSON.stringify(text).replace(
        /[\x7f-\xa0\u2028\u2029\ud800-\uf8ff\ufeff\ufffe\uffff]/g,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
      );
}

/** Words and paths that no YAML parser takes for a number, a truth value, a date or a mark. */
function isPlain(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(text) && !/^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i.test(text);
}
