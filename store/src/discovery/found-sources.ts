import { isMoreThanAnAddress, isSourceName, SOURCE_NAME, systemOf } from '../collect/source-config';
import type { SourceConfig } from '../collect/source-config';
import type { DiscoveryConfig } from './discovery-config';
import { fill } from './fill';
import type { Target } from './target';

/** What a list leads to, and in whole sentences what of it is not read. */
export interface Found {
  sources: SourceConfig[];
  notices: string[];
}

/**
 * The sources that the targets of a list stand for: each is read as the config says, with its own address, name and labels.
 *
 * @param taken names that others have
 */
export function foundSources(config: DiscoveryConfig, targets: readonly Target[], taken: ReadonlySet<string>): Found {
  const sources = new Map<string, SourceConfig>();
  const notices: string[] = [];
  for (const target of targets.filter(({ labels }) => isWanted(labels, config.only))) {
    const found = foundSource(config, target);
    if (typeof found === 'string') {
      notices.push(`${target.address} is not read: ${found}`);
    } else if (taken.has(found.name) || sources.has(found.name)) {
      notices.push(
        `${target.address} is not read: another source is called ${found.name}. Put into name what tells them apart.`
      );
    } else {
      sources.set(found.name, found);
    }
  }
  return { sources: [...sources.values()], notices };
}

function foundSource(
  { name: foundBy, pattern, labels, template }: DiscoveryConfig,
  target: Target
): SourceConfig | string {
  const { endpoint } = template;
  const name = fill(pattern, target);
  if (typeof name !== 'string') {
    return `its name is ${pattern}, and the list gives it no ${name.missing}.`;
  }
  if (!isSourceName(name)) {
    return `its name would be ${JSON.stringify(name)}, want ${SOURCE_NAME}.`;
  }
  const url = endpoint && fill(endpoint.url, target, encodeURIComponent);
  if (typeof url === 'object') {
    return `its address is ${endpoint?.url}, and the list gives it no ${url.missing}.`;
  }
  const system = systemOf(template);
  if (url !== undefined && (!URL.canParse(url) || isMoreThanAnAddress(url, system))) {
    return `its address would be ${url}, which is none.`;
  }
  // A label that the list does not give a target is one that it has not.
  const own = Object.entries(labels).flatMap(([label, text]) => {
    const filled = fill(text, target);
    return typeof filled === 'string' ? [[label, filled]] : [];
  });
  return {
    ...template,
    name,
    foundBy,
    labels: Object.fromEntries(own),
    ...(endpoint !== undefined && url !== undefined && { endpoint: { ...endpoint, url } }),
  };
}

function isWanted(labels: Target['labels'], only: DiscoveryConfig['only']): boolean {
  return Object.entries(only).every(([name, value]) => labels[name] === value);
}
