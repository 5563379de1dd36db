import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { basename, extname, join, normalize, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** Icons that @grafana/ui asks for and no package brings. */
const DRAWN_ICONS: Readonly<Record<string, string>> = {
  'circle-mono.svg': icon('M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z'),
  'spinner.svg': icon('M12 2a10 10 0 1 0 10 10h-2a8 8 0 1 1-8-8z'),
};

function icon(path: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="${path}"/></svg>`;
}

/** Sends a file below `folder`; nothing outside of it. */
export async function sendFile(outgoing: ServerResponse, folder: string, path: string): Promise<void> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    outgoing.writeHead(400).end();
    return;
  }
  const file = normalize(join(folder, decoded));
  if (!file.startsWith(normalize(folder) + sep) || decoded.includes('\0')) {
    outgoing.writeHead(404).end();
    return;
  }
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile()) {
    const drawn = DRAWN_ICONS[basename(decoded)];
    if (drawn !== undefined) {
      outgoing.writeHead(200, { 'content-type': TYPES['.svg'] }).end(drawn);
      return;
    }
    outgoing.writeHead(404).end();
    return;
  }
  // Chunks carry a hash in their name; everything else may change with the next build.
  const cached = /-[A-Z0-9]{8}\.js$/.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache';
  const etag = `"${found.size.toString(36)}-${Math.trunc(found.mtimeMs).toString(36)}"`;
  if (outgoing.req.headers['if-none-match'] === etag) {
    outgoing.writeHead(304, { etag, 'cache-control': cached }).end();
    return;
  }
  outgoing.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-length': found.size,
    'cache-control': cached,
    etag,
  });
  const stream = createReadStream(file);
  stream.on('error', () => outgoing.destroy());
  outgoing.on('close', () => stream.destroy());
  stream.pipe(outgoing);
}
