import { ConnectorError } from '../../model/connector-error';
import {
  optional,
  readArray,
  readList,
  readNumber,
  readObject,
  readOneOf,
  readText,
  readTexts,
  ShapeError,
} from '../../model/read-shape';
import type { EpochMs } from '../../model/units';
import { PROMETHEUS } from '../../prometheus/profile';
import type { HttpResponse } from '../connector';
import { parseJson } from '../parse-json';
import { refuse } from './refuse';

/** A series as Prometheus answers it. `values[i]` was true at `at[i]`; what is not finite is left out, and counted. */
export interface WireSeries {
  labels: ReadonlyMap<string, string>;
  /** Milliseconds since 1970. */
  at: number[];
  values: number[];
}

export interface WireAnswer {
  series: WireSeries[];
  /** Whole sentences from Prometheus about an answer that may be partial. */
  warnings: string[];
  /** Whole sentences from Prometheus 3 about what it left out or had to mend. */
  infos: string[];
  /** Values that were NaN or infinite. */
  notNumbers: number;
  /** Series that hold native histograms where numbers were asked for. */
  histograms: number;
}

/**
 * Reads Prometheus' envelope `{status, data, errorType, error, warnings, infos}`.
 *
 * @throws ConnectorError for every status but success, for a web page, for JSON that breaks off, for another shape.
 */
function openEnvelope<T>(where: string, response: HttpResponse, read: (data: unknown, at: string) => T) {
  if (response.status !== 200) {
    throw refuse(where, response);
  }
  const value = parseJson(response.body, { connector: PROMETHEUS, where, system: 'Prometheus' });
  try {
    const raw = readObject(value, 'answer');
    if (readOneOf(raw['status'], 'answer.status', ['success', 'error']) === 'error') {
      throw refuse(where, { status: 422, body: response.body });
    }
    const texts = (name: string) => optional(raw[name], `answer.${name}`, readTexts) ?? [];
    const infos = texts('infos').filter((info) => !IS_ABOUT_A_NAME.test(info));
    return { data: read(raw['data'], 'answer.data'), warnings: texts('warnings'), infos };
  } catch (cause) {
    if (!(cause instanceof ShapeError)) {
      throw cause;
    }
    throw new ConnectorError(
      'unexpected-shape',
      PROMETHEUS,
      `${where} answered something else than expected: ${cause.message}. Check that the address is that of Prometheus or of a system with its API.`,
      { cause }
    );
  }
}

type Found = Omit<WireAnswer, 'warnings' | 'infos'>;

/** "metric might not be a counter": what an exporter calls its metrics is not the reader's affair. */
const IS_ABOUT_A_NAME = /metric might not be a counter/i;

/** The answer to `/api/v1/query` and `/api/v1/query_range`: matrix, vector or scalar, as series alike. */
export function readQuery(where: string, response: HttpResponse): WireAnswer {
  const { data, warnings, infos } = openEnvelope(where, response, readResult);
  return { ...data, warnings, infos };
}

/** The answer to `/api/v1/label/<name>/values`. */
export function readLabelValues(where: string, response: HttpResponse): string[] {
  return openEnvelope(where, response, (data, at) => readTexts(data, at)).data;
}

/** An alert that is pending or fires. */
export interface WireAlert {
  labels: ReadonlyMap<string, string>;
  annotations: ReadonlyMap<string, string>;
  activeAt: EpochMs;
}

/** The answer to `/api/v1/alerts`. */
export function readAlerts(where: string, response: HttpResponse): WireAlert[] {
  return openEnvelope(where, response, (data, at) =>
    readList(readObject(data, at)['alerts'], `${at}.alerts`, readAlert)
  ).data;
}

function readAlert(value: unknown, where: string): WireAlert {
  const raw = readObject(value, where);
  const activeAt = Date.parse(readText(raw['activeAt'], `${where}.activeAt`));
  if (Number.isNaN(activeAt)) {
    throw new ShapeError(`${where}.activeAt`, raw['activeAt'], 'a time as text');
  }
  return {
    labels: readTextMap(raw['labels'], `${where}.labels`),
    annotations: optional(raw['annotations'], `${where}.annotations`, readTextMap) ?? new Map(),
    activeAt,
  };
}

function readTextMap(value: unknown, where: string): Map<string, string> {
  return new Map(
    Object.entries(readObject(value, where)).map(([name, text]) => [name, readText(text, `${where}.${name}`)])
  );
}

/** The version in the answer to `/api/v1/status/buildinfo`. */
export function readVersion(where: string, response: HttpResponse): string {
  return openEnvelope(where, response, (data, at) => readText(readObject(data, at)['version'], `${at}.version`)).data;
}

function readResult(data: unknown, where: string): Found {
  const raw = readObject(data, where);
  const type = readOneOf(raw['resultType'], `${where}.resultType`, ['matrix', 'vector', 'scalar', 'string']);
  const at = `${where}.result`;
  const found: Found = { series: [], notNumbers: 0, histograms: 0 };
  if (type === 'scalar') {
    found.series.push(readSeries({ metric: {}, value: raw['result'] }, at, found));
  } else if (type !== 'string') {
    found.series = readList(raw['result'], at, (item, place) => readSeries(item, place, found));
  }
  return found;
}

function readSeries(value: unknown, where: string, found: Found): WireSeries {
  const raw = readObject(value, where);
  const series: WireSeries = { labels: readTextMap(raw['metric'], `${where}.metric`), at: [], values: [] };
  const add = (pair: unknown, place: string) => {
    const [at, text] = readArray(pair, place);
    const number = readSample(text, `${place}[1]`);
    if (Number.isFinite(number)) {
      series.at.push(Math.round(readNumber(at, `${place}[0]`) * 1000));
      series.values.push(number);
    } else {
      found.notNumbers++;
    }
  };
  if (raw['value'] !== undefined) {
    add(raw['value'], `${where}.value`);
  } else if (raw['values'] !== undefined) {
    readArray(raw['values'], `${where}.values`).forEach((pair, i) => add(pair, `${where}.values[${i}]`));
  } else if (raw['histogram'] === undefined && raw['histograms'] === undefined) {
    throw new ShapeError(`${where}.values`, undefined, 'values, value, histograms or histogram');
  }
  found.histograms += raw['histogram'] !== undefined || raw['histograms'] !== undefined ? 1 : 0;
  return series;
}

/** A sample's value is text, so that JSON can carry `NaN`, `+Inf` and `-Inf`. */
function readSample(value: unknown, where: string): number {
  const text = readText(value, where);
  switch (text) {
    case 'NaN':
      return NaN;
    case '+Inf':
    case 'Inf':
      return Infinity;
    case '-Inf':
      return -Infinity;
    default: {
      const number = text.trim() === '' ? NaN : Number(text);
      if (Number.isNaN(number)) {
        throw new ShapeError(where, value, 'a number as text');
      }
      return number;
    }
  }
}
