/** Whether a unit is one of these, as systemctl understands names and patterns (`*`, `?`, `[a-z]`). */
export function matcherOf(patterns: readonly string[]): (unit: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const full = /\.[a-z]+$/.test(pattern) ? pattern : `${pattern}.service`;
    const source = full
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')
      .replace(/\[!/g, '[^');
    return new RegExp(`^${source}$`);
  });
  return (unit) => expressions.some((expression) => expression.test(unit));
}
