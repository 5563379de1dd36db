import { FRESHNESS } from '../../model/answer';
import type { Asset, AssetsNow, PartsNow, SourceNotice } from '../../model/answer';
import {
  compact,
  optional,
  readList,
  readNumber,
  readObject,
  readText,
  readTexts,
  ShapeError,
} from '../../model/read-shape';
import { readWorker } from './wire-views';

/** The answer of `GET /api/v1/assets`: what the systems that the store reads make. */
export function readAssets(value: unknown, where: string): AssetsNow {
  const raw = readObject(value, where);
  const number = (name: string) => readNumber(raw[name], `${where}.${name}`);
  return {
    asked: number('asked'),
    answered: number('answered'),
    assets: readList(raw['assets'], `${where}.assets`, readAsset),
    skipped: number('skipped'),
    notices: readList(raw['notices'], `${where}.notices`, readNotice),
  };
}

/** The answer of `GET /api/v1/parts`: schedulers and daemons of the systems that the store reads. */
export function readParts(value: unknown, where: string): PartsNow {
  const raw = readObject(value, where);
  return {
    workers: readList(raw['workers'], `${where}.workers`, readWorker),
    notices: readList(raw['notices'], `${where}.notices`, readNotice),
  };
}

function readNotice(value: unknown, where: string): SourceNotice {
  const raw = readObject(value, where);
  return { source: readText(raw['source'], `${where}.source`), text: readText(raw['text'], `${where}.text`) };
}

function readAsset(value: unknown, where: string): Asset {
  const raw = readObject(value, where);
  const maybe = (name: string) => optional(raw[name], `${where}.${name}`, readText);
  return compact<Asset>({
    source: readText(raw['source'], `${where}.source`),
    name: readText(raw['name'], `${where}.name`),
    group: maybe('group'),
    location: maybe('location'),
    madeAt: optional(raw['madeAt'], `${where}.madeAt`, readNumber),
    runId: maybe('runId'),
    freshness: optional(raw['freshness'], `${where}.freshness`, (found, at) => {
      const known = FRESHNESS.find((word) => word === found);
      if (known === undefined) {
        throw new ShapeError(at, found, FRESHNESS.join(', '));
      }
      return known;
    }),
    checksPassed: readNumber(raw['checksPassed'], `${where}.checksPassed`),
    checksFailed: readNumber(raw['checksFailed'], `${where}.checksFailed`),
    upstream: readTexts(raw['upstream'], `${where}.upstream`),
  });
}
