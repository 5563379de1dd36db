import type { AlertSpec } from './alert-spec';

/** Where the page of a rule can be read: where the user serves them, else in Runlane's app, which brings them. */
export function runbookUrl(rule: string, { runbooksUrl }: Pick<AlertSpec, 'runbooksUrl'>, grafana: string): string {
  return runbooksUrl === undefined ? `${grafana}a/runlane-app/runbooks/${rule}` : `${runbooksUrl}${rule}.md`;
}
