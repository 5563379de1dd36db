/**
 * Whether this Grafana's rule editor, opened by a link, drops the query that the link brings. 12.3.0 and 12.3.1 do: they
 * pass what comes through a form that knows no PromQL; mended in 12.3.2 (grafana/grafana#113513).
 */
export function editorLosesQueries(version: string): boolean {
  return /^12\.3\.[01](?!\d)/.test(version);
}
