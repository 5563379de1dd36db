import type { Finding } from './finding';

/** What must hold for the names inside the zip: one folder, named after the plugin, with the build directly in it. */
export function checkArchiveLayout(names: readonly string[], pluginId: string | undefined, file: string): Finding[] {
  if (names.length === 0) {
    return [{ rule: 'archive-layout', file, message: 'is empty. Build, then run npm run package.' }];
  }
  const tops = [...new Set(names.map((name) => name.split('/')[0]))];
  if (tops.length > 1 || names.some((name) => !name.includes('/'))) {
    return [
      {
        rule: 'archive-layout',
        file,
        message: `has ${tops.length} top entries (${tops.slice(0, 3).join(', ')}). It must hold one folder and nothing beside it.`,
      },
    ];
  }
  const findings: Finding[] = [];
  if (tops[0] !== pluginId) {
    findings.push({
      rule: 'archive-layout',
      file,
      message: `unpacks to ${tops[0]}, but the plugin is ${pluginId}. Name it so.`,
    });
  }
  if (names.some((name) => name.startsWith(`${tops[0]}/dist/`))) {
    findings.push({
      rule: 'archive-layout',
      file,
      message: 'has a folder dist inside. Its content belongs one level up.',
    });
  }
  return findings;
}
