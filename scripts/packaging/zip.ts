import archiver from 'archiver';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { filesBelow } from './plugin-tree';

/** One date for every entry, so that the same build gives the same bytes. */
const ENTRY_DATE = new Date('2000-01-01T00:00:00Z');

/** Writes every file below `folder` into a zip whose only top entry is `rootName`. Resolves to the size in bytes. */
export async function writeZip(folder: string, rootName: string, target: string): Promise<number> {
  const archive = archiver('zip', { zlib: { level: 9 } });
  const output = createWriteStream(target);
  const closed = new Promise<void>((resolve, reject) => {
    output.on('close', resolve);
    output.on('error', reject);
    archive.on('error', reject);
    archive.on('warning', reject);
  });
  archive.pipe(output);
  for (const file of filesBelow(folder)) {
    archive.append(readFileSync(join(folder, file)), { name: `${rootName}/${file}`, date: ENTRY_DATE, mode: 0o644 });
  }
  await archive.finalize();
  await closed;
  return archive.pointer();
}

export interface ZipEntry {
  name: string;
  read(): Buffer;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

/** The entries of a zip in the order of its central directory. Throws when the file is not a plain zip. */
export function readZip(file: string): ZipEntry[] {
  const bytes = readFileSync(file);
  let end = bytes.length - 22;
  while (end >= 0 && bytes.readUInt32LE(end) !== END_OF_DIRECTORY) {
    end -= 1;
  }
  if (end < 0) {
    throw new Error(`[check-dist] ${file} is not a zip: it has no end record. Make it with npm run package.`);
  }
  const entries: ZipEntry[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) {
      throw new Error(`[check-dist] ${file} has a broken directory at byte ${at}. Make it again with npm run package.`);
    }
    const method = bytes.readUInt16LE(at + 10);
    const packed = bytes.readUInt32LE(at + 20);
    const nameLength = bytes.readUInt16LE(at + 28);
    const local = bytes.readUInt32LE(at + 42);
    entries.push({
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      read: () => {
        const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
        const data = bytes.subarray(from, from + packed);
        return method === 0 ? data : inflateRawSync(data);
      },
    });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

/** Unpacks into `folder`. Throws on a name that would leave it. */
export function unpackZip(entries: readonly ZipEntry[], folder: string): void {
  for (const entry of entries.filter(({ name }) => !name.endsWith('/'))) {
    const path = normalize(entry.name);
    if (path.startsWith('..') || path.startsWith('/')) {
      throw new Error(
        `[check-dist] the entry ${entry.name} leaves the folder. Make the zip again with npm run package.`
      );
    }
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), entry.read());
  }
}
