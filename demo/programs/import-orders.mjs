// Fails on bad data: throws (exit code 1), or refuses the file in an orderly way (exit code 3), after --ms.
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    ms: { type: 'string', default: '800' },
    fail: { type: 'string', default: 'no' },
    row: { type: 'string', default: '17' },
  },
});

class DataError extends Error {
  name = 'DataError';
}

await new Promise((resolve) => setTimeout(resolve, Number(values.ms)));
switch (values.fail) {
  case 'throw':
    throw new DataError(`row ${values.row}: amount is not a number: "12,O0"`);
  case 'refuse':
    process.stderr.write(`SchemaError: orders.csv has 11 columns, want 12 (row ${values.row})\n`);
    process.exitCode = 3;
    break;
  default:
    process.stdout.write('imported 240 orders\n');
}
