import type { CollectedSources, DiscoveryStatus, Lack, SourceStatus } from '../../model/source-status';
import {
  compact,
  optional,
  readFlag,
  readList,
  readNumber,
  readObject,
  readText,
  readTexts,
} from '../../model/read-shape';

/** The answer of `GET /api/v1/sources`: how the systems fare that the store reads, and the lists in which it finds them. */
export function readSources(value: unknown, where: string): CollectedSources {
  const { sources, discoveries = [] } = readObject(value, where);
  return {
    sources: readList(sources, `${where}.sources`, readSource),
    discoveries: readList(discoveries, `${where}.discoveries`, readDiscovery),
  };
}

function readSource(value: unknown, where: string): SourceStatus {
  const raw = readObject(value, where);
  const text = (name: string) => readText(raw[name], `${where}.${name}`);
  const number = (name: string) => readNumber(raw[name], `${where}.${name}`);
  const maybe = (name: string) => optional(raw[name], `${where}.${name}`, readNumber);
  return compact<SourceStatus>({
    name: text('name'),
    system: text('system'),
    systemName: text('systemName'),
    url: optional(raw['url'], `${where}.url`, readText),
    foundBy: optional(raw['foundBy'], `${where}.foundBy`, readText),
    goneSince: maybe('goneSince'),
    everyMs: number('everyMs'),
    up: optional(raw['up'], `${where}.up`, readFlag),
    lastPollAt: maybe('lastPollAt'),
    lastGoodAt: maybe('lastGoodAt'),
    lagMs: maybe('lagMs'),
    collected: number('collected'),
    skipped: number('skipped'),
    truncated: number('truncated'),
    vanished: number('vanished'),
    lastError: optional(raw['lastError'], `${where}.lastError`, readLastError),
    unreported: readTexts(raw['unreported'], `${where}.unreported`),
    lacks: readList(raw['lacks'], `${where}.lacks`, readLack),
    notices: readTexts(raw['notices'], `${where}.notices`),
  });
}

function readDiscovery(value: unknown, where: string): DiscoveryStatus {
  const raw = readObject(value, where);
  return compact<DiscoveryStatus>({
    name: readText(raw['name'], `${where}.name`),
    where: readText(raw['where'], `${where}.where`),
    everyMs: readNumber(raw['everyMs'], `${where}.everyMs`),
    up: optional(raw['up'], `${where}.up`, readFlag),
    lastGoodAt: optional(raw['lastGoodAt'], `${where}.lastGoodAt`, readNumber),
    lastError: optional(raw['lastError'], `${where}.lastError`, (error, at) => {
      const fields = readObject(error, at);
      return { at: readNumber(fields['at'], `${at}.at`), message: readText(fields['message'], `${at}.message`) };
    }),
    found: readNumber(raw['found'], `${where}.found`),
    notices: readTexts(raw['notices'], `${where}.notices`),
  });
}

function readLastError(value: unknown, where: string): NonNullable<SourceStatus['lastError']> {
  const raw = readObject(value, where);
  return {
    at: readNumber(raw['at'], `${where}.at`),
    kind: readText(raw['kind'], `${where}.kind`),
    message: readText(raw['message'], `${where}.message`),
  };
}

function readLack(value: unknown, where: string): Lack {
  const raw = readObject(value, where);
  return {
    what: readText(raw['what'], `${where}.what`),
    setting: readText(raw['setting'], `${where}.setting`),
    message: readText(raw['message'], `${where}.message`),
  };
}
