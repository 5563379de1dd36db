import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Words = { [key: string]: string | Words };

/** `{ a: { b: 'x' } }` as `a.b` → `x`. */
function flat(words: Words, before = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${before}${key}`, value] as const] : [...flat(value, `${before}${key}.`)]
    )
  );
}

function wordsOf(language: string): Map<string, string> {
  return flat(
    JSON.parse(readFileSync(join(__dirname, `locales/${language}/runlane-health-panel.json`), 'utf8')) as Words
  );
}

/** Keys and English defaults as the code says them. */
function said(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(__dirname).filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))) {
    for (const match of readFileSync(join(__dirname, file), 'utf8').matchAll(
      /\bt\(\s*'([\w.-]+)',\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)")/g
    )) {
      found.set(match[1] ?? '', match[2] ?? match[3] ?? '');
    }
  }
  return found;
}

const places = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

describe('the words of the health panel', () => {
  it('are in the English file as the code says them', () => {
    expect(Object.fromEntries(wordsOf('en-US'))).toEqual(Object.fromEntries(said()));
  });

  it('are all there in Chinese, with the same places to fill in, and none is left over', () => {
    const chinese = wordsOf('zh-Hans');
    expect([...chinese.keys()].sort()).toEqual([...said().keys()].sort());
    for (const [key, english] of said()) {
      expect([key, places(chinese.get(key) ?? '')]).toEqual([key, places(english)]);
    }
  });
});
