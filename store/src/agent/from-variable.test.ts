import { Command, InvalidArgumentError, Option } from 'commander';
import { fromVariable } from './from-variable';

const NAME = 'RUNLANE_TEST_SIZE';

function size(variable: string | undefined, flags: string[] = []): unknown {
  delete process.env[NAME];
  if (variable !== undefined) {
    process.env[NAME] = variable;
  }
  const option = new Option('--size <size>').argParser((text: string) => {
    if (!/^\d+$/.test(text)) {
      throw new InvalidArgumentError('no size');
    }
    return Number(text);
  });
  const command = new Command().exitOverride().addOption(fromVariable(option, NAME).default(1));
  return command.parse(flags, { from: 'user' }).opts()['size'];
}

afterAll(() => {
  delete process.env[NAME];
});

test.each([
  ['a variable stands in for the flag', '5', [], 5],
  ['the flag wins', '5', ['--size', '7'], 7],
  ['an empty one is not set', '', [], 1],
  ['one that cannot be read is left out', 'large', [], 1],
  ['none leaves the default', undefined, [], 1],
])('%s', (_, variable, flags, expected) => {
  expect(size(variable, flags)).toBe(expected);
});
