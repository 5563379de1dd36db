import { cutWhole } from '../../../../src/diagnosis/normalise';
import type { Alert } from '../alert';
import type { Notification } from '../notification';
import { wordsOf } from '../words';
import { rowsOf, linksOf } from './alert-rows';

const MOST_ALERTS = 50;
const LONGEST_VALUE = 2_000;

export interface MailText {
  subject: string;
  text: string;
  html: string;
}

export function mailOf(notification: Notification): MailText {
  const { status, alerts, language } = notification;
  const words = wordsOf(language);
  const shown = alerts.slice(0, MOST_ALERTS);
  const [first] = alerts;
  const rest = alerts.length - shown.length;
  const summary = first?.annotations['summary'] ?? first?.labels['alertname'] ?? '';
  const foot = rest > 0 ? words.more(rest) : '';
  return {
    subject: oneLine(`[${words[status]}] ${summary}${alerts.length > 1 ? ` (+${alerts.length - 1})` : ''}`, 200),
    text: [...shown.map((alert) => textOf(alert, notification)), foot].filter((part) => part !== '').join('\n\n'),
    html: `<div style="font:14px/1.5 sans-serif;max-width:640px">${shown
      .map((alert) => htmlOf(alert, notification))
      .join('')}${escapeHtml(foot)}</div>`,
  };
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

export function oneLine(text: string, longest: number): string {
  return cutWhole(text.replace(/[\p{Cc}\s]+/gu, ' ').trim(), longest);
}

function textOf(alert: Alert, notification: Notification): string {
  const head = alert.annotations['description'] ?? alert.annotations['summary'] ?? '';
  return [
    oneLine(head, LONGEST_VALUE),
    ...rowsOf(alert, notification.language).map(([name, value]) => `${name}: ${oneLine(value, LONGEST_VALUE)}`),
    ...linksOf(alert, notification.language).map(([name, url]) => `${name}: ${url}`),
  ].join('\n');
}

function htmlOf(alert: Alert, notification: Notification): string {
  const colour = alert.state === 'resolved' ? '#2e7d32' : '#c62828';
  const head = alert.annotations['description'] ?? alert.annotations['summary'] ?? '';
  const rows = rowsOf(alert, notification.language).map(
    ([name, value]) =>
      `<tr><td style="padding:2px 12px 2px 0;color:#666;vertical-align:top">${escapeHtml(name)}</td><td style="word-break:break-word">${escapeHtml(cutWhole(value, LONGEST_VALUE))}</td></tr>`
  );
  const links = linksOf(alert, notification.language).map(
    ([name, url]) => `<a href="${escapeHtml(url)}" style="margin-right:16px">${escapeHtml(name)}</a>`
  );
  return `<div style="border-left:4px solid ${colour};padding:0 0 0 12px;margin:0 0 20px"><p style="margin:0 0 8px">${escapeHtml(
    oneLine(head, LONGEST_VALUE)
  )}</p><table style="border-collapse:collapse">${rows.join('')}</table><p>${links.join('')}</p></div>`;
}
