import { FieldType } from '@grafana/data';
import { withLinkFilter } from './link-filter';

const field = { name: 'value', type: FieldType.number, values: [1], config: {} };
const filter = (...rest: [string, string[], string | undefined]) => withLinkFilter(field, ...rest).labels?.['filter'];

test('a link from a number names each task that it is about, and the run to choose', () => {
  expect(filter('task', ['a&b', '邮件'], 'failed exit 1')).toBe(
    'var-task=a%26b&var-task=%E9%82%AE%E4%BB%B6&var-run=failed%20exit%201'
  );
  expect(filter('task', [], undefined)).toBe('');
});

test('only tasks narrow, and not so many that the address is too long', () => {
  expect(filter('source', ['shop'], 'failed')).toBeUndefined();
  expect(
    filter(
      'task',
      Array.from({ length: 200 }, (_, i) => `t${i}`),
      undefined
    )?.split('&')
  ).toHaveLength(30);
});
