/** Path of the pages that show runbooks, below Grafana's own address; a name of `docs/runbooks` follows. */
export const RUNBOOK_PATH = '/a/runlane-app/runbooks/';

/** The runbook that a path of the app asks for; `undefined` for any other path. Names are words and hyphens only. */
export function runbookAsked(path: string): string | undefined {
  return /\/runbooks\/([a-z0-9]+(?:-[a-z0-9]+)*)\/?$/.exec(path)?.[1];
}

/**
 * A page of `docs/runbooks` as the app shows it: without its heading, which is the page's title, and without the link to
 * the other language. Links between the pages lead to the app's pages; whatever else they link to is left as its text,
 * because it is not in the plugin.
 */
export function asAppPage(markdown: string): string {
  const body = markdown.replace(/^# .*\n+/, '').replace(/ · \[[^\]]+\]\((?:zh-Hans|\.\.)\/[a-z0-9-]+\.md\)/, '');
  return body.replace(/\[([^\]]+)\]\((?!https?:)([^)]+)\)/g, (_, text: string, target: string) => {
    const name = /^(?:\.\/)?([a-z0-9-]+)\.md$/.exec(target)?.[1];
    return name === undefined ? text : `[${text}](${RUNBOOK_PATH}${name})`;
  });
}
