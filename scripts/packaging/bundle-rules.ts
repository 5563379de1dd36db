import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding';
import { filesBelow, parseObject, readText } from './plugin-tree';

/** Hosts whose presence in a bundle means that somebody is being watched. */
const TRACKERS = [
  'www.google-analytics.com',
  'www.googletagmanager.com',
  'api-js.mixpanel.com',
  'mixpanel.com',
  'cdn.segment.com',
];

/** Rules about the JavaScript of a build; `root` is the folder whose src/ it was made from. */
export function checkBundles(dist: string, root: string): Finding[] {
  const files = filesBelow(dist).filter((file) => file.endsWith('.js'));
  return files.flatMap((file) => [...checkCode(file, readText(dist, file)), ...checkSourceMap(dist, file, root)]);
}

function checkCode(file: string, code: string): Finding[] {
  const findings: Finding[] = TRACKERS.filter((host) => code.includes(`//${host}`)).map((host) => ({
    rule: 'tracking-script',
    file,
    message: `talks to ${host}. Plugins must not collect usage.`,
  }));
  if (/__SECRET_INTERNALS|__CLIENT_INTERNALS|ReactCurrentOwner/.test(code)) {
    findings.push({
      rule: 'react-internals',
      file,
      message: 'holds internals of React, so it breaks between 18 and 19. Find the bundled library and leave it out.',
    });
  }
  return findings;
}

function checkSourceMap(dist: string, file: string, root: string): Finding[] {
  const mapFile = `${file}.map`;
  if (!existsSync(join(dist, mapFile))) {
    return [{ rule: 'source-map', file: mapFile, message: 'is missing. Build for production.' }];
  }
  const map = parseObject(readText(dist, mapFile));
  if (!map || !Array.isArray(map.sources) || !Array.isArray(map.sourcesContent) || map.sources.length === 0) {
    return [{ rule: 'source-map', file: mapFile, message: 'is not a source map with sources and their content.' }];
  }
  const findings: Finding[] = [];
  let own = 0;
  for (const [index, name] of map.sources.entries()) {
    const path = sourceOf(String(name));
    if (path === undefined) {
      continue;
    }
    own += 1;
    if (!existsSync(join(root, path))) {
      findings.push({
        rule: 'source-map',
        file: mapFile,
        message: `names ${path}, which does not exist. Build again.`,
      });
    } else if (readText(root, path).trim() !== String(map.sourcesContent[index] ?? '').trim()) {
      findings.push({
        rule: 'source-map',
        file: mapFile,
        message: `does not match ${path} as it is now. Build again.`,
      });
    }
  }
  // A chunk may hold nothing but a library; a plugin's module cannot.
  if (own === 0 && /(^|\/)module\.js$/.test(file)) {
    findings.push({
      rule: 'source-map',
      file: mapFile,
      message: 'names no file of src/. Build with the root webpack config.',
    });
  }
  return findings;
}

/** The repository's file behind a name in a source map, or `undefined` for libraries, externals and webpack's own code. */
function sourceOf(name: string): string | undefined {
  const path = name.replace(/^webpack:\/\/[^/]*\//, '').replace(/\?.*$/, '');
  return path.startsWith('./') && /\.tsx?$/.test(path) ? `src/${path.slice(2)}` : undefined;
}
