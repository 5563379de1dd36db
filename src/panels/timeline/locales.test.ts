import english from './locales/en-US/runlane-timeline-panel.json';
import chinese from './locales/zh-Hans/runlane-timeline-panel.json';

/** Node's files, of which the browser's types know nothing. */
const {
  readdirSync,
  readFileSync,
}: {
  readdirSync(path: string, options: { recursive: true }): string[];
  readFileSync(path: string, encoding: 'utf8'): string;
} = jest.requireActual('node:fs');
declare const __dirname: string;

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') {
      found.set(prefix + key, value);
    } else {
      flat(value, `${prefix}${key}.`).forEach((text, inner) => found.set(inner, text));
    }
  }
  return found;
}

/** Keys and English texts as the sources have them. */
function inSources(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(__dirname, { recursive: true }).filter(
    (name) => /\.tsx?$/.test(name) && !name.includes('.test.')
  )) {
    const source = readFileSync(`${__dirname}/${file}`, 'utf8');
    for (const match of source.matchAll(/\bt\(\s*'([^']+)',\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)) {
      found.set(match[1]!, (match[2] ?? match[3]!).replace(/\\(['"])/g, '$1'));
    }
  }
  return found;
}

const places = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!).sort();
const withPlural = (texts: Map<string, string>, key: string): string | undefined =>
  texts.get(key) ?? texts.get(`${key}_other`);

test('every text of the sources is in the English file, word for word, and nothing else is', () => {
  const file = flat(english);
  const sources = inSources();
  expect(sources.size).toBeGreaterThan(100);
  for (const [key, text] of sources) {
    expect([key, withPlural(file, key)]).toEqual([key, text]);
  }
  const used = new Set([...sources.keys()].flatMap((key) => [key, `${key}_one`, `${key}_other`]));
  expect([...file.keys()].filter((key) => !used.has(key))).toEqual([]);
});

test('every text is in Chinese too, with the same places for values', () => {
  const zh = flat(chinese);
  for (const [key, text] of inSources()) {
    const translated = withPlural(zh, key);
    expect([key, translated === undefined ? undefined : places(translated)]).toEqual([key, places(text)]);
  }
});
