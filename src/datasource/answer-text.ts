/**
 * The body of an answer as the source sent it. Grafana's backend service wraps the text of a refusal, which it could
 * not read as JSON, into `{message, error, response}`.
 */
export function answerText(data: unknown): string {
  if (typeof data === 'string') {
    return data;
  }
  if (data === undefined || data === null) {
    return '';
  }
  const { response } = data as { response?: unknown };
  return typeof response === 'string' ? response : (JSON.stringify(data) ?? '');
}
