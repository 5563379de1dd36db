import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { validRange } from 'semver';
import type { Finding } from './finding';
import { below, filesBelow, objectsAt, pluginFiles, textAt, type PluginFile } from './plugin-tree';

/** At most three parts, the last of which says the type: the pattern that Grafana's plugin.json schema prescribes. */
const PLUGIN_ID = /^[0-9a-z]+-([0-9a-z]+-)?(app|panel|datasource)$/;
const IMAGE = /\.(svg|png|jpe?g|gif|webp)$/i;
const REQUIRED: ReadonlyArray<readonly string[]> = [
  ['type'],
  ['name'],
  ['id'],
  ['info', 'version'],
  ['info', 'updated'],
  ['info', 'logos', 'small'],
  ['info', 'logos', 'large'],
  ['dependencies', 'grafanaDependency'],
];

/** What must hold for every plugin.json of a built tree and for what they name. */
export function checkMetadata(dist: string, packageVersion: string | undefined): Finding[] {
  const { plugins, broken } = pluginFiles(dist);
  const findings: Finding[] = broken.map((file) => ({
    rule: 'metadata-valid',
    file,
    message: 'is not a JSON object. Repair its source under src/ and build again.',
  }));
  const root = plugins.find((plugin) => plugin.folder === '');
  if (!root) {
    return [
      ...findings,
      { rule: 'metadata-missing', file: 'plugin.json', message: 'does not exist. Build first: npm run build.' },
    ];
  }
  for (const plugin of plugins) {
    findings.push(...checkFields(plugin), ...checkImages(dist, plugin), ...checkModule(dist, plugin));
  }
  return [
    ...findings,
    ...checkVersions(root, plugins, packageVersion),
    ...checkIncludes(dist, root, plugins),
    ...checkHiddenFiles(dist),
  ];
}

function checkFields({ file, json }: PluginFile): Finding[] {
  const findings: Finding[] = [];
  for (const keys of REQUIRED) {
    if (textAt(json, ...keys) === undefined) {
      findings.push({ rule: 'metadata-valid', file, message: `has no ${keys.join('.')}. Add it.` });
    }
  }
  const keywords = (json.info as { keywords?: unknown } | undefined)?.keywords;
  if (!Array.isArray(keywords) || keywords.length === 0) {
    findings.push({ rule: 'metadata-valid', file, message: 'has no info.keywords. Give at least one.' });
  }
  const id = textAt(json, 'id') ?? '';
  const type = textAt(json, 'type') ?? '';
  if (!PLUGIN_ID.test(id)) {
    findings.push({
      rule: 'id-pattern',
      file,
      message: `has the id "${id}". Write two or three parts of a-z and 0-9, the last one app, panel or datasource.`,
    });
  }
  if (!id.endsWith(`-${type}`)) {
    findings.push({
      rule: 'type-suffix',
      file,
      message: `has the id "${id}" but the type "${type}". End the id in -${type}.`,
    });
  }
  const range = textAt(json, 'dependencies', 'grafanaDependency');
  if (range !== undefined && validRange(range) === null) {
    findings.push({
      rule: 'grafana-dependency',
      file,
      message: `asks for Grafana "${range}", which is not a version range.`,
    });
  }
  if (json.alerting === true && json.backend !== true) {
    findings.push({
      rule: 'alerting-without-backend',
      file,
      message: 'says alerting without backend. Remove alerting.',
    });
  }
  if (/%(VERSION|TODAY|PLUGIN_ID)%/.test(JSON.stringify(json))) {
    findings.push({
      rule: 'placeholder',
      file,
      message: 'still holds a placeholder. Build with the production config.',
    });
  }
  return findings;
}

function checkImages(dist: string, { folder, file, json }: PluginFile): Finding[] {
  const screenshots = objectsAt(json, 'info', 'screenshots').map((shot) => textAt(shot, 'path'));
  const paths = [textAt(json, 'info', 'logos', 'small'), textAt(json, 'info', 'logos', 'large'), ...screenshots];
  const findings: Finding[] = [];
  for (const path of new Set(paths.filter((one) => one !== undefined))) {
    if (!IMAGE.test(path)) {
      findings.push({ rule: 'image-type', file, message: `names ${path}, which is no image that Grafana shows.` });
    }
    if (!existsSync(join(dist, below(folder, path)))) {
      findings.push({
        rule: 'path-exists',
        file,
        message: `names ${path}, but ${below(folder, path)} is not in the build. Copy it there.`,
      });
    }
  }
  return findings;
}

function checkModule(dist: string, { folder, file }: PluginFile): Finding[] {
  return existsSync(join(dist, below(folder, 'module.js')))
    ? []
    : [{ rule: 'module-missing', file, message: 'has no module.js beside it. Build again.' }];
}

function checkVersions(root: PluginFile, plugins: PluginFile[], packageVersion: string | undefined): Finding[] {
  const version = textAt(root.json, 'info', 'version');
  const findings: Finding[] = [];
  if (version !== packageVersion) {
    findings.push({
      rule: 'versions-equal',
      file: root.file,
      message: `says version ${version}, package.json says ${packageVersion}. Build again after changing the version.`,
    });
  }
  for (const plugin of plugins.filter((one) => one !== root && textAt(one.json, 'info', 'version') !== version)) {
    findings.push({
      rule: 'versions-equal',
      file: plugin.file,
      message: `is not of version ${version} as the app is.`,
    });
  }
  return findings;
}

function checkIncludes(dist: string, root: PluginFile, plugins: PluginFile[]): Finding[] {
  const includes = objectsAt(root.json, 'includes');
  const findings: Finding[] = [];
  const report = (rule: string, message: string) => findings.push({ rule, file: root.file, message });
  const ids = new Map<string, string>();
  for (const plugin of plugins) {
    const id = textAt(plugin.json, 'id') ?? '';
    const other = ids.get(id);
    if (other !== undefined) {
      report('nested-plugin-id', `${plugin.file} has the id ${id}, as ${other} has. Give each its own.`);
    }
    ids.set(id, plugin.file);
    if (plugin === root) {
      continue;
    }
    const include = includes.find((one) => one.path === plugin.file);
    if (!include) {
      report('nested-plugin-not-declared', `does not declare ${plugin.file}. Add it to includes.`);
    } else if (textAt(include, 'type') === undefined) {
      report('nested-plugin-missing-type', `declares ${plugin.file} without a type. Add its type.`);
    } else if (include.type !== plugin.json.type) {
      report(
        'nested-plugin-type-mismatch',
        `declares ${plugin.file} as ${String(include.type)}, but it is a ${String(plugin.json.type)}.`
      );
    }
  }
  for (const include of includes) {
    const path = textAt(include, 'path');
    if (include.type !== 'page' && path !== undefined && !existsSync(join(dist, path))) {
      report('include-exists', `includes ${path}, which is not in the build. Remove it, or generate the file.`);
    }
  }
  for (const file of filesBelow(dist).filter((name) => /^dashboards\/.*\.json$/.test(name))) {
    if (!includes.some((include) => include.type === 'dashboard' && include.path === file)) {
      report('dashboard-declared', `does not declare ${file}, so Grafana will not import it. Add it to includes.`);
    }
  }
  return findings;
}

function checkHiddenFiles(dist: string): Finding[] {
  return filesBelow(dist)
    .filter((file) => file.split('/').some((part) => part.startsWith('.')))
    .map((file) => ({
      rule: 'hidden-file',
      file,
      message: 'is hidden. Hidden files are refused at review; remove it.',
    }));
}
