import english from './locales/en-US/runlane-health-panel.json';
import chinese from './locales/zh-Hans/runlane-health-panel.json';

/** Node's files, of which the browser's types know nothing. */
const files: { readdirSync(path: string): string[]; readFileSync(path: string, encoding: 'utf8'): string } =
  jest.requireActual('node:fs');
declare const __dirname: string;

type Words = { [key: string]: string | Words };

/** `{ a: { b: 'x' } }` as `a.b` → `x`. */
function flat(words: Words, before = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${before}${key}`, value] as const] : [...flat(value, `${before}${key}.`)]
    )
  );
}

/** Keys and English defaults as the code says them. */
function said(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of files.readdirSync(__dirname).filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))) {
    for (const match of files
      .readFileSync(`${__dirname}/${file}`, 'utf8')
      .matchAll(/\bt\(\s*'([\w.-]+)',\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)")/g)) {
      found.set(match[1] ?? '', match[2] ?? match[3] ?? '');
    }
  }
  return found;
}

const places = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

describe('the words of the health panel', () => {
  it('are in the English file as the code says them', () => {
    expect(Object.fromEntries(flat(english))).toEqual(Object.fromEntries(said()));
  });

  it('are all there in Chinese, with the same places to fill in, and none is left over', () => {
    const written = flat(chinese);
    expect([...written.keys()].sort()).toEqual([...said().keys()].sort());
    for (const [key, english] of said()) {
      expect([key, places(written.get(key) ?? '')]).toEqual([key, places(english)]);
    }
  });
});
