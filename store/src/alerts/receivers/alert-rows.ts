import type { Alert } from '../alert';
import type { Language } from '../alerts-config';
import { isoTime } from '../notification';
import { wordsOf } from '../words';

/** What people are told of an alert, as names and values. Nothing is escaped or cut yet. */
export function rowsOf(alert: Alert, language: Language): Array<[name: string, value: string]> {
  const words = wordsOf(language);
  const { annotations, labels } = alert;
  const facts: Array<[string, string | undefined]> = [
    [words.task, labels['task'] === undefined ? undefined : `${labels['task']} (${labels['source'] ?? ''})`],
    [words.cause, labels['cause']],
    [words.count, alert.external === true ? undefined : String(alert.count)],
    [words.since, isoTime(alert.startsAt)],
    [words.ended, alert.endsAt === undefined ? undefined : isoTime(alert.endsAt)],
    [words.error, annotations['error']],
    [words.worker, annotations['worker']],
    [words.owner, alert.owner],
    [words.runs, annotations['runs']],
  ];
  return facts.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as [string, string]]
  );
}

/** Where to read on. Addresses that are none of the web are left out. */
export function linksOf(alert: Alert, language: Language): Array<[name: string, url: string]> {
  const words = wordsOf(language);
  const links: Array<[string, string | undefined]> = [
    [words.openTimeline, alert.link],
    [words.openRun, alert.annotations['run_url']],
    [words.openRunbook, alert.annotations['runbook_url']],
  ];
  return links.flatMap(([name, url]) =>
    url !== undefined && /^https?:\/\//.test(url) ? [[name, url] as [string, string]] : []
  );
}
