/** Nesting of the JSON text, counted up to `limit`. Brackets inside strings do not count. */
export function depthUpTo(text: string, limit: number): number {
  // Cheap way out: with so few opening brackets it cannot be deeper, wherever they stand.
  let brackets = 0;
  for (let i = text.indexOf('{'); i >= 0 && brackets <= limit; i = text.indexOf('{', i + 1)) {
    brackets++;
  }
  for (let i = text.indexOf('['); i >= 0 && brackets <= limit; i = text.indexOf('[', i + 1)) {
    brackets++;
  }
  if (brackets < limit) {
    return brackets;
  }
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length && deepest < limit; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) {
        i++;
      } else if (code === 0x22) {
        inString = false;
      }
    } else if (code === 0x22) {
      inString = true;
    } else if (code === 0x7b || code === 0x5b) {
      deepest = Math.max(deepest, ++depth);
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
  }
  return deepest;
}

/**
 * The first key that an object of the text has twice, which `JSON.parse` lets pass.
 *
 * @param value what the text was parsed to
 */
export function duplicateKey(text: string, value: unknown): string | undefined {
  let written = 0;
  for (let i = text.indexOf('":'); i >= 0; i = text.indexOf('":', i + 2)) {
    written++;
  }
  // Compact JSON without `":` inside texts, the usual case: as many keys written as read means none twice.
  return written === countKeys(value) && !/"\s+:/.test(text) ? undefined : scanForDuplicateKey(text);
}

function countKeys(value: unknown): number {
  let count = 0;
  if (typeof value === 'object' && value !== null) {
    for (const key in value) {
      const inner = (value as Record<string, unknown>)[key];
      count += Array.isArray(value) ? 0 : 1;
      if (typeof inner === 'object' && inner !== null) {
        count += countKeys(inner);
      }
    }
  }
  return count;
}

function scanForDuplicateKey(text: string): string | undefined {
  const open: Array<Set<string> | undefined> = [];
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match;
    if (found === '{') {
      open.push(new Set());
    } else if (found === '[') {
      open.push(undefined);
    } else if (found === '}' || found === ']') {
      open.pop();
    } else if (/^\s*:/.test(text.slice(token.lastIndex, token.lastIndex + 16))) {
      const key = String(JSON.parse(found));
      const keys = open[open.length - 1];
      if (keys?.has(key)) {
        return key;
      }
      keys?.add(key);
    }
  }
  return undefined;
}
