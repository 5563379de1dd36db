import { encodeFrame, FrameError, FrameReader, readPart } from './frames';

test('frames are found in a stream however it is cut', () => {
  const stream = Buffer.concat([
    encodeFrame(['log:out', { data: '茶' }]),
    encodeFrame([]),
    encodeFrame([{ a: 1 }, '1']),
  ]);
  for (let size = 1; size < 20; size++) {
    const reader = new FrameReader();
    const frames = [];
    for (let at = 0; at < stream.length; at += size) {
      frames.push(...reader.push(stream.subarray(at, at + size)));
    }
    expect(frames.map((frame) => frame.map(readPart))).toEqual([['log:out', { data: '茶' }], [], [{ a: 1 }, '1']]);
  }
});

test("another program's words are refused, as is a message without end", () => {
  expect(() => new FrameReader().push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow(FrameError);
  expect(() => new FrameReader().push(Buffer.from([0x11, 0xff, 0xff, 0xff, 0xff]))).toThrow(/more than 128 MiB/);
});

test('a part that is neither text nor JSON, or was cut, is nothing', () => {
  expect([Buffer.from('j:{"a":'), Buffer.from('xx'), undefined].map(readPart)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
