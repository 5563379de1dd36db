import { ownFrame } from './own-frame';

const PYTHON = `Traceback (most recent call last):
  File "/srv/shop/.venv/lib/python3.12/site-packages/celery/app/trace.py", line 453, in trace_task
    R = retval = fun(*args, **kwargs)
  File "/srv/shop/orders/tasks.py", line 31, in import_orders
    load_rows(path)
  File "/srv/shop/orders/rows.py", line 88, in load_rows
    session.execute(statement)
  File "/srv/shop/.venv/lib/python3.12/site-packages/sqlalchemy/orm/session.py", line 2362, in execute
    return self._execute_internal(
sqlalchemy.exc.OperationalError: server closed the connection unexpectedly`;

const CHAINED = `Traceback (most recent call last):
  File "/srv/app/rates.py", line 12, in fetch
    return table[day]
KeyError: '2026-11-30'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/app/report.py", line 40, in build
    raise ReportError(day)
ReportError: 2026-11-30`;

const NODE = `file://***/demo/programs/import-orders.mjs:19
    throw new DataError(\`row\`);
          ^

DataError: row 73: amount is not a number: "12,O0"
    at node:internal/process/task_queues:140:7
    at Parser.parse (/srv/app/node_modules/csv-parse/lib/index.js:10:3)
    at importRow (file://***/demo/programs/import-orders.mjs:19:11)
    at async main (file://***/demo/programs/import-orders.mjs:31:3)`;

const JAVA = `java.lang.IllegalStateException: no rate
	at java.base/java.util.Optional.orElseThrow(Optional.java:403)
	at com.shop.Rates.of(Rates.java:27)
	at com.shop.Report.main(Report.java:9)`;

test.each([
  ['Python: the last of its own lines', PYTHON, '/srv/shop/orders/rows.py:88 in load_rows'],
  ['a cause and what it led to: the cause', CHAINED, '/srv/app/rates.py:12 in fetch'],
  ['JavaScript: the first of its own lines', NODE, 'demo/programs/import-orders.mjs:19 in importRow'],
  ['Java', JAVA, 'Rates.java:27 in com.shop.Rates.of'],
  ['Ruby', "app/jobs/mail.rb:7:in `deliver'\n\tfrom app/jobs/base.rb:2:in `perform'", 'app/jobs/mail.rb:7 in deliver'],
  ['Go', 'goroutine 1 [running]:\nmain.load(...)\n\t/srv/app/load.go:42 +0x1d', '/srv/app/load.go:42'],
])('%s', (_, stack, own) => {
  expect(ownFrame(stack)).toBe(own);
});

test('libraries alone, and lines that are no places, tell none', () => {
  expect(ownFrame('at node:internal/main:1:1\n    at x (/a/node_modules/b.js:1:1)')).toBeUndefined();
  expect(ownFrame('Killed')).toBeUndefined();
  expect(ownFrame('')).toBeUndefined();
});

test('a hostile text is read in linear time', () => {
  expect(ownFrame(`at ${'a'.repeat(100_000)}\n${'at ('.repeat(50_000)}`)).toBeUndefined();
});
