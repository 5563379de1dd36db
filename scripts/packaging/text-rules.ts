import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding';
import { readText } from './plugin-tree';

/** SHA-256 of the terms of Apache-2.0, from its title to "END OF TERMS AND CONDITIONS", words joined by one space, lower case. */
const APACHE_2_TERMS = '95cef6332b35354c12f9d666ab9ff47002e6f7ef937924896882b2e0cdb7a0d6';

export function licenceFingerprint(text: string): string | undefined {
  const words = text.toLowerCase().split(/\s+/).join(' ');
  const from = words.indexOf('apache license version 2.0');
  const end = 'end of terms and conditions';
  const to = words.indexOf(end);
  return from < 0 || to < from
    ? undefined
    : createHash('sha256')
        .update(words.slice(from, to + end.length))
        .digest('hex');
}

/** Sentences of the scaffold's README that must have been replaced. */
const TEMPLATE_MARKS = [
  'This template is a starting point',
  '## What are Grafana app plugins?',
  'To help maximize the impact of your README',
  'ADDITIONAL DOCUMENTATION FOR YOUR PLUGIN',
];

/** LICENSE, README.md and CHANGELOG.md of a built plugin. */
export function checkTexts(dist: string): Finding[] {
  return [...checkLicence(dist), ...checkReadme(dist), ...checkChangelog(dist)];
}

function checkLicence(dist: string): Finding[] {
  if (!existsSync(join(dist, 'LICENSE'))) {
    return [{ rule: 'licence', file: 'LICENSE', message: 'is missing. It is copied from the root by the build.' }];
  }
  return licenceFingerprint(readText(dist, 'LICENSE')) === APACHE_2_TERMS
    ? []
    : [{ rule: 'licence', file: 'LICENSE', message: 'does not hold the unchanged terms of Apache-2.0. Restore them.' }];
}

function checkReadme(dist: string): Finding[] {
  const file = 'README.md';
  if (!existsSync(join(dist, file)) || readText(dist, file).trim() === '') {
    return [{ rule: 'readme', file, message: 'is missing or empty. Write src/README.md, the page of the catalogue.' }];
  }
  const text = readText(dist, file);
  const findings: Finding[] = TEMPLATE_MARKS.filter((mark) => text.includes(mark)).map((mark) => ({
    rule: 'readme-template',
    file,
    message: `still holds the scaffold's text "${mark}". Replace it.`,
  }));
  for (const link of relativeLinks(text)) {
    findings.push({
      rule: 'readme-relative-link',
      file,
      message: `links to "${link}", which leads nowhere on a plugin page. Write the whole address.`,
    });
  }
  return findings;
}

/** Targets of Markdown and HTML links and images that are neither whole addresses nor anchors of the page. */
export function relativeLinks(markdown: string): string[] {
  const prose = markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
  const targets = [
    ...[...prose.matchAll(/\]\(\s*<?([^)\s>]+)/g)].map((match) => match[1]),
    ...[...prose.matchAll(/^\s*\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm)].map((match) => match[1]),
    ...[...prose.matchAll(/<(?:a|img|source)\b[^>]*?\s(?:href|src|srcset)\s*=\s*["']([^"']+)/gi)].map(
      (match) => match[1]
    ),
  ];
  return targets.filter((target) => target !== undefined).filter((target) => !/^(https?:\/\/|mailto:|#)/i.test(target));
}

function checkChangelog(dist: string): Finding[] {
  const file = 'CHANGELOG.md';
  return existsSync(join(dist, file)) && readText(dist, file).trim() !== ''
    ? []
    : [{ rule: 'changelog', file, message: 'is missing or empty. It is copied from the root by the build.' }];
}
