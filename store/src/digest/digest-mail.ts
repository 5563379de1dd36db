import type { Language } from '../alerts/alerts-config';
import { escapeHtml } from '../alerts/receivers/mail-text';
import type { MailText } from '../alerts/receivers/mail-text';
import type { Digest } from './digest';
import { digestSections } from './digest-sections';
import { digestWords } from './digest-words';

/** The digest as a mail: one column, so that it reads on a phone, and no picture that a mail program would hide. */
export function digestMail(digest: Digest, language: Language, grafanaUrl?: string): MailText {
  const { title, lead, sections } = digestSections(digest, language);
  const { open } = digestWords(language);
  const text = [
    title,
    lead.join('\n'),
    ...sections.map(({ heading, lines }) =>
      [
        heading,
        ...lines.map(({ name, fact, trend }) => `  ${name}: ${fact}${trend === undefined ? '' : `  ${trend}`}`),
      ].join('\n')
    ),
    ...(grafanaUrl === undefined ? [] : [`${open}: ${grafanaUrl}`]),
  ].join('\n\n');
  const html = [
    `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title></head>`,
    '<body style="margin:0;padding:16px;font:15px/1.5 -apple-system,Segoe UI,PingFang SC,Microsoft YaHei,sans-serif;color:#222"><div style="max-width:640px;margin:0 auto">',
    `<h1 style="font-size:18px;margin:0 0 8px">${escapeHtml(title)}</h1>`,
    ...lead.map((line) => `<p style="margin:0 0 4px">${escapeHtml(line)}</p>`),
    ...sections.map(
      ({ heading, lines }) =>
        `<h2 style="font-size:15px;margin:20px 0 4px">${escapeHtml(heading)}</h2>${lines
          .map(
            ({ name, fact, trend }) =>
              `<div style="padding:6px 0;border-top:1px solid #e5e5e5;word-break:break-word"><b>${escapeHtml(name)}</b><br>${escapeHtml(fact)}${
                trend === undefined ? '' : ` <span style="white-space:nowrap;color:#666">${escapeHtml(trend)}</span>`
              }</div>`
          )
          .join('')}`
    ),
    ...(grafanaUrl === undefined
      ? []
      : [`<p style="margin:20px 0"><a href="${escapeHtml(grafanaUrl)}">${escapeHtml(open)}</a></p>`]),
    '</div></body></html>\n',
  ].join('\n');
  return { subject: title, text: `${text}\n`, html };
}
