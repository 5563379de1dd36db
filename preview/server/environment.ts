/**
 * Expands the references that Grafana's file provisioning knows: `$NAME`, `${NAME}`, `$__env{NAME}`; `$$` is a plain
 * dollar sign. An unset name becomes the empty string.
 */
export function expandEnvironment(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  return text.replace(
    /\$\$|\$__env\{([^}]*)\}|\$\{([^}]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)/g,
    (whole, named?: string, braced?: string, bare?: string) =>
      whole === '$$' ? '$' : (environment[(named ?? braced ?? bare ?? '').trim()] ?? '')
  );
}

/** The same for every text inside a value read from YAML. */
export function expandDeep(value: unknown, environment: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string') {
    return expandEnvironment(value, environment);
  }
  if (Array.isArray(value)) {
    return value.map((item) => expandDeep(item, environment));
  }
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandDeep(item, environment)]));
  }
  return value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
