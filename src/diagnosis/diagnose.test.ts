import fc from 'fast-check';
import type { FailureCategory } from '../model/answer';
import type { TaskRun } from '../model/task-run';
import { diagnose, endingLabel } from './diagnose';
import { normaliseMessage } from './normalise';

function failed(more: Partial<TaskRun> = {}): TaskRun {
  return {
    source: 's',
    runId: 'r',
    attempt: 1,
    task: 't',
    state: 'failed',
    observedAt: 1000,
    finishedAt: 1000,
    ...more,
  };
}

function message(text: string, type?: string): TaskRun {
  return failed({ error: { message: text, ...(type === undefined ? {} : { type }) } });
}

describe('the category of a failure', () => {
  it.each<[FailureCategory, Partial<TaskRun>]>([
    ['network', { error: { type: 'ConnectionRefusedError', message: '[Errno 111] Connection refused' } }],
    ['network', { error: { type: 'SMTPServerDisconnected', message: 'Connection unexpectedly closed' } }],
    ['network', { error: { message: '连接被拒绝' } }],
    ['network', { error: { message: 'getaddrinfo ENOTFOUND api.example.com' } }],
    ['timeout', { error: { type: 'TimeLimitExceeded', message: '300' } }],
    ['timeout', { substate: 'timed_out' }],
    ['timeout', { error: { message: '请求超时' } }],
    ['timeout', { exitCode: 124 }],
    ['resources', { substate: 'oom', signal: 'SIGKILL' }],
    ['resources', { error: { message: 'OSError: [Errno 28] No space left on device' } }],
    ['resources', { exitCode: 137 }],
    ['resources', { error: { type: 'java.lang.OutOfMemoryError', message: 'Java heap space' } }],
    ['dependency', { error: { message: '503 Server Error: Service Unavailable for url: https://api' } }],
    ['dependency', { error: { type: 'OperationalError', message: 'database is locked' } }],
    ['dependency', { substate: 'upstream_failed' }],
    ['data', { error: { type: 'JSONDecodeError', message: 'Expecting value: line 1 column 1 (char 0)' } }],
    ['data', { error: { type: 'FileNotFoundError', message: "No such file or directory: '/in/x.csv'" } }],
    ['data', { error: { message: '数据格式错误' } }],
    ['code', { error: { type: 'TypeError', message: "unsupported operand type(s) for +: 'int' and 'str'" } }],
    ['code', { signal: 'SIGSEGV' }],
    ['code', { error: { message: 'panic: runtime error: index' } }],
    ['configuration', { error: { type: 'ModuleNotFoundError', message: "No module named 'yaml'" } }],
    ['configuration', { exitCode: 127 }],
    ['configuration', { error: { message: 'open /etc/shadow: permission denied' } }],
    ['infrastructure', { substate: 'lost' }],
    ['infrastructure', { error: { type: 'WorkerLostError', message: 'Worker exited prematurely: signal 9' } }],
    ['infrastructure', { signal: 'SIGKILL' }],
    ['unknown', { exitCode: 3 }],
    ['unknown', {}],
    ['unknown', { error: { message: 'boom' } }],
  ])('is %s for %j', (category, more) => {
    expect(diagnose(failed(more)).category).toBe(category);
  });
});

describe('the fingerprint of a failure', () => {
  it('is the same for the same cause with other numbers, ids, paths, times and names', () => {
    const pairs: ReadonlyArray<readonly [string, string]> = [
      ['user 42 not found', 'user 1,234,567 not found'],
      ['Connection to 10.0.0.1:5432 refused', 'Connection to 192.168.7.20:5433 refused'],
      ['No such file: /var/tmp/a-1/x.csv', 'No such file: /home/bob/in/y.csv'],
      ['job 9f3c1a2b4d5e6f70 failed at 2026-01-02T03:04:05Z', 'job aa00bb11cc22dd33 failed at 2026-11-23 14:00:01.123'],
      ['task 8f14e45f-ceea-467f-a9d0-0000deadbeef died', 'task 00000000-0000-0000-0000-000000000000 died'],
      ["KeyError: 'user_id'", 'KeyError: "order"'],
      ['GET https://a.example.com/x?y=1 answered 500', 'GET http://b.example.org:8080/z answered 500'],
      ['segfault at 0x7fff12 ip', 'segfault at 0xdead ip'],
      ['用户 42 的订单“A-17”不存在', '用户 7 的订单“B-99”不存在'],
      ['worker mail-2 is gone', 'worker mail-17 is gone'],
      ['C:\\data\\in.txt is missing', 'D:\\x\\y.txt is missing'],
      ["can't read 5 bytes", "can't read 17 bytes"],
      ['mail to bob@example.com bounced', 'mail to a.b+c@mail.example.org bounced'],
    ];
    for (const [a, b] of pairs) {
      expect([a, diagnose(message(a)).fingerprint]).toEqual([a, diagnose(message(b)).fingerprint]);
    }
  });

  it('differs for different causes', () => {
    const causes = [
      message('user 42 not found'),
      message('order 42 not found'),
      message('用户 42 不存在'),
      message('订单 42 不存在'),
      message("can't read 5 bytes"),
      message("can't write 5 bytes"),
      message('boom', 'TypeError'),
      message('boom', 'ValueError'),
      failed({ exitCode: 1 }),
      failed({ exitCode: 3 }),
      failed({ signal: 'SIGKILL' }),
      failed({ signal: 'SIGSEGV' }),
      failed({ substate: 'oom', signal: 'SIGKILL' }),
      failed({ substate: 'lost' }),
      failed(),
    ];
    expect(new Set(causes.map((run) => diagnose(run).fingerprint)).size).toBe(causes.length);
  });

  it('does not depend on task, worker, source, time or attempt', () => {
    const one = message('boom 1');
    const other = {
      ...message('boom 2'),
      task: 'x',
      worker: 'w',
      source: 'y',
      attempt: 3,
      observedAt: 5,
      finishedAt: 5,
    };
    expect(diagnose(one)).toEqual(diagnose(other));
  });

  it('stays the same from version to version, because it is stored', () => {
    expect(diagnose(message('user 42 not found', 'NotFound'))).toEqual({
      category: 'data',
      fingerprint: 'edd31ac9d85314c2',
      title: 'NotFound: user <n> not found',
    });
  });
});

describe('the title of a failure', () => {
  it.each<[string, TaskRun]>([
    [
      'SMTPServerDisconnected: Connection unexpectedly closed',
      message('Connection unexpectedly closed', 'smtplib.SMTPServerDisconnected'),
    ],
    ['TypeError: bad operand', message("TypeError('bad operand')", 'TypeError')],
    ['ValueError: bad', message('ValueError: bad\nTraceback: long', 'ValueError')],
    ['exit 3', failed({ exitCode: 3 })],
    ['killed by SIGKILL', failed({ signal: 'SIGKILL', error: { message: 'whatever' } })],
    ['out of memory', failed({ substate: 'oom', signal: 'SIGKILL', exitCode: 137 })],
    ['timed out', failed({ substate: 'timed_out' })],
    ['failed, nothing else reported', failed()],
    ['the second line', message('\n---\nthe second line\nmore')],
    ['用户 <n> 的订单<text>不存在', message('用户 42 的订单“A-17”不存在')],
  ])('is %j', (title, run) => {
    expect(diagnose(run).title).toBe(title);
  });

  it('takes hostile messages of 10 kB and more without delay, and stays short', () => {
    const evil = [
      'a'.repeat(10_000),
      '1'.repeat(10_000),
      '/a'.repeat(5_000),
      '-'.repeat(10_000),
      'a@'.repeat(5_000),
      'a.'.repeat(5_000),
      '"'.repeat(10_000),
      '0:'.repeat(5_000),
      '1,'.repeat(5_000) + 'e',
      'f'.repeat(300) + 'g',
      'a-'.repeat(5_000),
      '\\'.repeat(10_000),
      'https://'.repeat(2_000),
      '<img src=x onerror=alert(1)>'.repeat(400),
      '\u0000\ud800\u202e'.repeat(3_000),
      '中'.repeat(10_000),
    ];
    for (const text of evil) {
      for (let i = 0; i < 20; i++) {
        expect(diagnose(message(text, text)).title.length).toBeLessThanOrEqual(160);
      }
    }
  });

  it('is never broken in the middle of a character, whatever the message', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
        (text, type) => {
          const { title, fingerprint } = diagnose(message(text, type));
          expect(title).not.toBe('');
          expect(() => encodeURIComponent(title)).not.toThrow();
          expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
        }
      ),
      { numRuns: 2000 }
    );
  });

  it('comes to rest: what is normalised stays as it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '1', '/', '-', '"', "'", '.', ':', ' ', '中', 'f0f0f0f', '@', '0x1', '“', '”'), {
          maxLength: 30,
        }),
        (parts) => {
          const once = normaliseMessage(parts.join(''));
          expect(normaliseMessage(normaliseMessage(once))).toBe(normaliseMessage(once));
        }
      ),
      { numRuns: 500 }
    );
  });
});

describe('endingLabel', () => {
  it('names how a run ended in one word', () => {
    expect(
      [
        failed({ substate: 'lost' }),
        failed({ substate: 'oom', signal: 'SIGKILL' }),
        failed({ signal: 'SIGKILL' }),
        failed({ exitCode: 1 }),
        failed({ substate: 'timed_out' }),
        failed(),
      ].map(endingLabel)
    ).toEqual(['lost', 'oom', 'SIGKILL', 'exit 1', 'timed_out', 'failed']);
  });
});
