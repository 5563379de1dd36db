import { frameWords } from './frame-words';
import { ENGLISH } from '../frames/frame-context';
import appEnglish from '../locales/en-US/runlane-app.json';
import appChinese from '../locales/zh-Hans/runlane-app.json';
import english from './locales/en-US/runlane-datasource.json';
import chinese from './locales/zh-Hans/runlane-datasource.json';

/** Every text by its key. */
function texts(tree: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]: [string, unknown]) =>
      typeof value === 'string'
        ? [[`${prefix}${key}`, value] as const]
        : [...texts(value as object, `${prefix}${key}.`)]
    )
  );
}

const places = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

test.each([
  ['the data source', english, chinese],
  ['the app', appEnglish, appChinese],
])('every text of %s is there in both languages, with the same places', (_, one, other) => {
  const [first, second] = [texts(one), texts(other)];
  expect([...second.keys()].sort()).toEqual([...first.keys()].sort());
  for (const [key, text] of first) {
    expect([key, places(second.get(key) ?? '')]).toEqual([key, places(text)]);
  }
});

test('every field of a frame that has a name for users has it in both languages', () => {
  const known = texts(english);
  for (const [name, text] of Object.entries(ENGLISH.fields)) {
    expect([name, known.get(`datasource.field.${name}`)]).toEqual([name, text]);
  }
});

test('without translations users read English', () => {
  const words = frameWords();
  expect(words.fields).toEqual(ENGLISH.fields);
  expect(words.states).toEqual(ENGLISH.states);
  expect(words.reasons).toEqual(ENGLISH.reasons);
  expect(words.truncated('5,000', '12,340')).toBe(ENGLISH.truncated('5,000', '12,340'));
  expect(words.onWorkers(3)).toBe(ENGLISH.onWorkers(3));
});
