import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles, withRevision } from './files';

/** `npm run dashboards`: writes every dashboard, and raises the revision of those whose content has changed. */
const root = join(__dirname, '..');
for (const file of generatedFiles()) {
  const path = join(root, file.path);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  const text = withRevision(file.dashboard, before);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`${text === before ? 'same   ' : 'written'} ${file.path}\n`);
}
