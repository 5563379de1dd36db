import { ConnectorError } from '../../../../src/model/connector-error';
import { readNews } from './log-reader';
import type { LogPlace } from './log-reader';
import type { Rpc } from './rpc-http';

const signal = new AbortController().signal;

/** Supervisor's readLog over these bytes: it fails where they are no text. */
function serving(file: { bytes?: Buffer }): Rpc {
  return async (_method, [offset, length]) => {
    if (file.bytes === undefined) {
      return { fault: { code: 20, message: 'NO_FILE' } };
    }
    const part = file.bytes.subarray(Number(offset), Number(offset) + Number(length));
    try {
      return { value: new TextDecoder('utf-8', { fatal: true }).decode(part) };
    } catch {
      throw new ConnectorError('unexpected-shape', 'supervisor', 'answered 500');
    }
  };
}

async function readAll(rpc: Rpc, from?: LogPlace) {
  let text = '';
  let place = from;
  let garbage = 0;
  for (;;) {
    const news = await readNews(rpc, place, signal);
    if (news === undefined) {
      return undefined;
    }
    text += news.text;
    place = news.place;
    garbage += news.garbage;
    if (!news.isCut) {
      return { text, place, garbage, isRotated: news.isRotated };
    }
  }
}

test('each whole line is read once, however the log grows', async () => {
  const file = { bytes: Buffer.from('one\ntw') };
  const first = await readAll(serving(file));
  expect(first).toMatchObject({ text: 'one\n', place: { offset: 4, tail: 'one\n' } });
  expect((await readAll(serving(file), first?.place))?.text).toBe('');
  file.bytes = Buffer.from('one\ntwo 茶\nthree\n');
  const second = await readAll(serving(file), first?.place);
  expect(second).toMatchObject({ text: 'two 茶\nthree\n', place: { offset: 18 } });
  expect((await readAll(serving(file), second?.place))?.text).toBe('');
});

test('a log of many chunks is read whole, also where a chunk ends within a character', async () => {
  const text = Array.from({ length: 90_000 }, (_, i) => `${i} 茶茶茶茶茶茶茶茶茶茶\n`).join('');
  for (const shift of ['', 'x', 'xx']) {
    const read = await readAll(serving({ bytes: Buffer.from(shift + text) }));
    expect(read?.text === shift + text).toBe(true);
  }
});

test('a log that was rotated or cleared is read from its beginning', async () => {
  const before = await readAll(serving({ bytes: Buffer.from('one\ntwo\n') }));
  for (const after of ['new\n', 'new file, longer than before\n']) {
    expect(await readAll(serving({ bytes: Buffer.from(after) }), before?.place)).toMatchObject({
      text: after,
      isRotated: true,
    });
  }
});

test('bytes that are no text are passed over and counted, what follows is read', async () => {
  const bytes = Buffer.concat([
    Buffer.from('one\n'),
    Buffer.alloc(3_000, 0xff),
    Buffer.from('x'.repeat(3_000) + '\nlast\n'),
  ]);
  const read = await readAll(serving({ bytes }));
  expect(read?.garbage).toBeGreaterThan(0);
  expect(read?.text).toContain('last\n');
});

test('where there is no log there is nothing to read, and no error', async () => {
  expect(await readNews(serving({}), undefined, signal)).toBeUndefined();
});
