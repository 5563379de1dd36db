import type { Bytes, DurationMs } from '../../../src/model/units';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Reads `500ms`, `5s`, `1.5m`, `2h`, `1d`; a bare number is seconds. `undefined` when it is none of these. */
export function parseDuration(text: string): DurationMs | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  const unit = UNIT_MS[match?.[2] ?? 's'];
  return match?.[1] === undefined || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** Reads `64M`, `10 KiB`, `4096`. Units are powers of 1024. `undefined` when it is none of these. */
export function parseBytes(text: string): Bytes | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(text.trim());
  const unit = UNIT_BYTES[(match?.[2] ?? '').toLowerCase()];
  return match?.[1] === undefined || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** `1.2 s`, `340 ms`, `3 min`: for sentences in evidence, not for parsing. */
export function sayDuration(ms: DurationMs): string {
  if (ms < 1000) {
    return `${Math.round(ms)} ms`;
  }
  return ms < 120_000 ? `${trim(ms / 1000)} s` : `${trim(ms / 60_000)} min`;
}

/** `512 MiB`: for sentences in evidence, not for parsing. */
export function sayBytes(bytes: Bytes): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${trim(bytes / 1024 ** power)} ${units[power]}`;
}

function trim(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}
