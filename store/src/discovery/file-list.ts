import { LineCounter, parseDocument } from 'yaml';
import { ConfigReader, shown } from '../yaml/config-reader';
import type { Path } from '../yaml/config-reader';
import { isAddress, ListError } from './target';
import type { Target } from './target';

const MOST_GROUPS = 1_000;
const MOST_LABELS = 50;
const LONGEST_LABEL = 500;

/**
 * The text of a list in the form of Prometheus' `file_sd_configs`, YAML or JSON: groups of `targets` (host and port) with
 * `labels` that hold for all of them.
 *
 * @throws ListError with every fault and its line: a list is taken whole or not at all
 */
export function readFileList(text: string, file: string): Target[] {
  if (text.trim() === '') {
    throw new ListError(
      `${file} is empty, as a writer that failed leaves it. Write [] where there is nothing to read.`
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const said = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '');
    throw new ListError(`${file}:${lines.linePos(error.pos[0]).line}: ${said}. Correct the YAML or JSON.`);
  }
  // No entry names a variable: secrets are named in the config alone.
  const reader = new ConfigReader(document, lines, {});
  const groups: unknown = document.toJSON();
  if (!Array.isArray(groups)) {
    throw new ListError(`${file}:1: is no list. Want entries such as - targets: [host:5555].`);
  }
  const found = reader.entries([], MOST_GROUPS).flatMap((path) => readGroup(reader, path));
  if (reader.problems.length > 0) {
    throw new ListError(reader.problems.map((problem) => `${file}${problem}`).join('\n'));
  }
  return found;
}

function readGroup(reader: ConfigReader, path: Path): Target[] {
  reader.knows(path, ['targets', 'labels']);
  const labels = Object.fromEntries(
    reader.names([...path, 'labels'], MOST_LABELS).flatMap((name) => {
      const label = reader.text([...path, 'labels', name], LONGEST_LABEL);
      return label === undefined ? [] : [[name, label]];
    })
  );
  const targets = reader.entries([...path, 'targets'], MOST_GROUPS);
  if (targets.length === 0 && reader.value([...path, 'targets']) === undefined) {
    reader.fault(path, 'an entry has no targets. Want targets: [host:5555].');
  }
  return targets.flatMap((at) => {
    const address = reader.text(at, 300);
    if (address !== undefined && !isAddress(address)) {
      reader.fault(at, `targets holds ${shown(address)}, want a host and a port, as host:5555.`);
      return [];
    }
    return address === undefined ? [] : [{ address, labels }];
  });
}
