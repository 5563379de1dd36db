import { cutWhole } from '../../../../src/diagnosis/normalise';
import type { Alert } from '../alert';
import type { Notification } from '../notification';
import { wordsOf } from '../words';
import { rowsOf, linksOf } from './alert-rows';

/** Alerts in one message: more than these nobody reads on a phone. */
const MOST_ALERTS = 8;
/** Of one value, in UTF-8: so that one alert fits whatever its values are. */
const LONGEST_VALUE_BYTES = 400;

/** Characters that robots read as markup or as a mention, and ones that look like them. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  '<': '＜',
  '>': '＞',
  '[': '［',
  ']': '］',
  '*': '＊',
  '`': '＇',
  '#': '＃',
  '@': '＠',
};

/** A value as plain text in the Markdown of chat robots, which know no escaping. One line of at most `longest` bytes. */
function plain(text: string, longest: number): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return cutBytes(
    cutWhole(line, longest).replace(/[<>[\]*`#@]/g, (char) => LOOKALIKES[char] ?? char),
    longest
  );
}

/** The head of a message: what state, how severe, and the alert's name. */
export function titleOf({ status, alerts, language }: Notification): string {
  const words = wordsOf(language);
  const [first] = alerts;
  const labels = first?.labels ?? {};
  const others = alerts.length > 1 ? ` (${alerts.length})` : '';
  return `[${words[status]}] ${plain(labels['severity'] ?? '', 30)} · ${plain(labels['alertname'] ?? '', 100)} · ${plain(labels['task'] ?? '', 100)}${others}`;
}

/** The message in the Markdown that WeCom and DingTalk share, at most `longest` UTF-8 bytes. */
export function robotText(notification: Notification, longest: number, lineBreak: string): string {
  const words = wordsOf(notification.language);
  const { alerts } = notification;
  let text = `**${titleOf(notification)}**`;
  let shown = 0;
  for (const alert of alerts.slice(0, MOST_ALERTS)) {
    const more = `${lineBreak}${lineBreak}${blockOf(alert, notification, lineBreak)}`;
    const rest = alerts.length - shown - 1;
    const foot = rest > 0 ? Buffer.byteLength(words.more(rest)) + lineBreak.length : 0;
    if (Buffer.byteLength(text + more) + foot > longest && shown > 0) {
      break;
    }
    text += more;
    shown++;
  }
  if (alerts.length > shown) {
    text += `${lineBreak}${words.more(alerts.length - shown)}`;
  }
  return cutBytes(text, longest);
}

function blockOf(alert: Alert, { language }: Notification, lineBreak: string): string {
  const { runs } = wordsOf(language);
  return [
    // Ids of runs say nothing on a phone.
    ...rowsOf(alert, language)
      .filter(([name]) => name !== runs)
      .map(([name, value]) => `> ${name}: ${plain(value, LONGEST_VALUE_BYTES)}`),
    ...linksOf(alert, language).map(([name, url]) => `> [${name}](${inParentheses(url)})`),
  ].join(lineBreak);
}

function inParentheses(url: string): string {
  return url.replaceAll('(', '%28').replaceAll(')', '%29').replace(/\s/g, '%20');
}

function cutBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) {
    return text;
  }
  let cut = text.slice(0, most);
  while (Buffer.byteLength(cut) > most - 3) {
    cut = cutWhole(cut, cut.length - Math.max(1, Math.ceil((Buffer.byteLength(cut) - most) / 4)));
  }
  return `${cut}…`;
}
