/** The reason an error body gives: `error`, `message`, or a short plain text; never a web page. Without its last dot. */
export function sayReason(body: string): string {
  const text = body.trim();
  let reason = text;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) {
      const fields = value as { message?: unknown; error?: unknown };
      const found = [fields.message, fields.error].find((field) => typeof field === 'string' && field !== '');
      reason = typeof found === 'string' ? found : '';
    }
  } catch {
    reason = text.startsWith('<') ? '' : text;
  }
  const line = reason.split('\n', 1)[0] ?? '';
  return (line.length > 300 ? `${line.slice(0, 300)}…` : line).replace(/\.$/, '');
}
