import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeliveryError } from '../alerts/delivery-error';
import { listenForMail } from '../alerts/mail-server.kit';
import { InProcessArchive } from '../archive/in-process';
import { DEFAULT_CONFIG, parseConfig } from '../config/config';
import { collectDigest } from './collect-digest';
import type { Digest } from './digest';
import type { DigestConfig } from './digest-config';
import { digestMail } from './digest-mail';
import { DigestSchedule } from './digest-schedule';
import { askArchive, sendDigest } from './send-digest';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 19, 8);
const WEEK = { from: NOW - 7 * DAY, to: NOW };
const NASTY = '<script>alert("1")</script>\n&';

const CONFIG: DigestConfig = {
  to: ['ops@example.com'],
  from: 'runlane@example.com',
  smtp: { host: '127.0.0.1', port: 1, secure: false },
  language: 'en',
  sinceMs: 7 * DAY,
  timezone: 'UTC',
};

let folder: string;
let archive: InProcessArchive;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  archive = new InProcessArchive(join(folder, 'archive.sqlite'), DEFAULT_CONFIG, { now: () => NOW, steady: () => 0 });
});

afterEach(async () => {
  await archive.close();
  rmSync(folder, { recursive: true });
});

async function fill(): Promise<void> {
  const lines: string[] = [];
  const end = (at: number, task: string, state: string, lasted: number, more: object = {}) =>
    lines.push(
      JSON.stringify({
        source: 'shop',
        runId: `r${lines.length}`,
        task,
        at,
        state,
        startedAt: at - lasted,
        finishedAt: at,
        ...more,
      })
    );
  for (let i = 0; i < 60; i++) {
    end(NOW - DAY - i, 'mail', 'completed', 4_000);
    end(NOW - 8 * DAY - i, 'mail', 'completed', 1_000);
    if (i < 6) {
      end(NOW - 2 * DAY - i, 'mail', 'failed', 10, { error: { type: 'NewError', message: NASTY } });
      end(NOW - 3 * DAY - i, 'report', 'failed', 10, { signal: 'SIGKILL' });
      end(NOW - 10 * DAY - i, 'report', 'failed', 10, { signal: 'SIGKILL' });
      end(NOW - 9 * DAY - i, 'report', 'failed', 10, { error: { message: 'gone since' } });
    }
  }
  lines.push(
    JSON.stringify({ source: 'shop', runId: 'p', task: 'mail', queue: NASTY, at: NOW - 5_000, state: 'pending' })
  );
  await archive.ingest(Buffer.from(lines.join('\n')));
}

const collect = () =>
  collectDigest(
    askArchive(archive, () => NOW),
    WEEK
  );

test('compares a period with the one before', async () => {
  await fill();
  expect(await collect()).toMatchObject({
    totals: { tasks: 2, ended: 72, failed: 12, abnormal: 6 },
    before: { tasks: 2, ended: 72, failed: 12, abnormal: 6 },
    failing: [
      { task: 'mail', failed: 6, ended: 66, failedBefore: 0 },
      { task: 'report', failed: 6, ended: 6, failedBefore: 12 },
    ],
    fresh: [{ title: expect.stringContaining('NewError') as string, count: 6, tasks: ['mail'] }],
    resolved: [{ title: 'gone since', count: 6 }],
    lasting: 1,
    abnormal: [{ kind: 'SIGKILL', count: 6, countBefore: 6 }],
    slower: [{ task: 'mail', runs: 60 }],
    waiting: [{ pending: 1 }],
  });
});

test('an empty archive has an empty digest, which is said as well', async () => {
  const digest = await collect();
  expect(digest).toMatchObject({ totals: { ended: 0 }, failing: [], fresh: [], health: [] });
  expect(digestMail(digest, 'en').text).toContain('0 runs of 0 tasks ended');
});

test.each([
  ['en', 'New causes', 'Waiting'],
  ['zh-Hans', '新出现的原因', '等待'],
] as const)('reads in %s, and no value is markup', async (language, ...headings) => {
  await fill();
  const { subject, text, html } = digestMail(await collect(), language, 'https://grafana.example.com/?a=1&b=2');
  expect(subject).toContain('2026-01-12');
  for (const heading of headings) {
    expect(text).toContain(heading);
    expect(html).toContain(heading);
  }
  expect(html).not.toContain('<script');
  expect(html).toContain('&lt;script&gt;');
  expect(html).toContain('href="https://grafana.example.com/?a=1&amp;b=2"');
  expect(html).toContain('width=device-width');
});

test('goes out by mail', async () => {
  await fill();
  const { port, mails, close } = await listenForMail();
  const ask = askArchive(archive, () => NOW);
  await sendDigest(ask, { ...CONFIG, smtp: { ...CONFIG.smtp, port } }, WEEK, undefined);
  expect(mails[0]).toMatch(/^To: ops@example.com/m);
  expect(mails[0]).toMatch(/multipart\/alternative/);
  await close();
  await expect(sendDigest(ask, { ...CONFIG, smtp: { ...CONFIG.smtp, port } }, WEEK, undefined)).rejects.toThrow(
    `127.0.0.1:${port} did not take the mail`
  );
});

describe('the schedule', () => {
  const notes = new Map<string, string>();
  let now: number;
  let sent: number[];
  let failure: Error | undefined;
  let schedule: DigestSchedule;

  const config: DigestConfig = { ...CONFIG, schedule: '0 8 * * 1' };
  const open = (settings: DigestConfig | undefined = config) => {
    schedule = new DigestSchedule(() => settings, {
      now: () => now,
      send: async (_config, to) => {
        if (failure !== undefined) {
          throw failure;
        }
        sent.push(to);
      },
      note: (name) => notes.get(name),
      writeNote: (name, value) => notes.set(name, value),
      log: { info: () => undefined, warn: () => undefined },
    });
  };

  beforeEach(() => {
    notes.clear();
    now = NOW + 1_000;
    sent = [];
    failure = undefined;
  });

  afterEach(() => schedule.stop());

  test('sends once per period, not for what was due before the first start', async () => {
    open();
    await schedule.look();
    expect(sent).toEqual([]);
    now = NOW + 7 * DAY - 1;
    await schedule.look();
    expect(sent).toEqual([]);
    now = NOW + 7 * DAY;
    await schedule.look();
    now += DAY;
    await schedule.look();
    expect(sent).toEqual([NOW + 7 * DAY]);
  });

  test('a restart neither repeats one nor forgets one; of several that were missed the newest is sent', async () => {
    open();
    await schedule.look();
    await schedule.stop();
    now = NOW + 22 * DAY;
    open();
    await schedule.look();
    await schedule.stop();
    open();
    await schedule.look();
    expect(sent).toEqual([NOW + 21 * DAY]);
  });

  test('what cannot be sent is tried again, and left out after a day or when it is refused', async () => {
    open();
    await schedule.look();
    failure = new DeliveryError('mail.example.com:25 does not answer', true);
    now = NOW + 7 * DAY;
    await schedule.look();
    failure = undefined;
    await schedule.look();
    expect(sent).toEqual([]);
    now += 3_600_000;
    await schedule.look();
    expect(sent).toEqual([NOW + 7 * DAY]);
    failure = new DeliveryError('refused', false);
    now = NOW + 14 * DAY;
    await schedule.look();
    failure = undefined;
    now += DAY;
    await schedule.look();
    expect(sent).toHaveLength(1);
  });

  test('what cannot be noted is not sent, as it would be sent again and again, and the next look goes on', async () => {
    open();
    await schedule.look();
    now = NOW + 7 * DAY;
    const full = jest.spyOn(notes, 'set').mockImplementation(() => {
      throw new Error('database or disk is full');
    });
    await schedule.look();
    expect(sent).toEqual([]);
    full.mockRestore();
    await schedule.look();
    expect(sent).toEqual([NOW + 7 * DAY]);
  });

  test('without a schedule it sends nothing', async () => {
    open(CONFIG);
    now = NOW + 30 * DAY;
    await schedule.look();
    expect([sent, notes.size]).toEqual([[], 0]);
  });
});

test('the section of the config', () => {
  const read = (text: string) => parseConfig(text, 'runlane.yaml', { SMTP: 'mail-secret' }).digest;
  expect(read('')).toBeUndefined();
  expect(
    read(
      'digest: { to: [a@b.c], from: "Runlane <r@b.c>", smtp: { host: h, user: u, passEnv: SMTP, secure: true }, schedule: "0 8 * * 1", timezone: Asia/Shanghai, language: zh-Hans, since: 14d }'
    )
  ).toEqual({
    to: ['a@b.c'],
    from: 'Runlane <r@b.c>',
    smtp: { host: 'h', port: 465, secure: true, user: 'u', password: 'mail-secret' },
    schedule: '0 8 * * 1',
    timezone: 'Asia/Shanghai',
    language: 'zh-Hans',
    sinceMs: 14 * DAY,
  } satisfies DigestConfig);
  for (const [text, problem] of [
    [
      'digest: { to: a@b.c, from: a@b.c, smtp: { host: h }, schedule: "every day" }',
      ':1: digest.schedule is "every day"',
    ],
    ['digest:\n  to: a@b.c\n  smtp: { host: h }', 'digest needs to and from'],
    ['digest:\n  to: a@b.c\n  from: a@b.c', 'digest.smtp.host is missing'],
    ['digest:\n  too: a@b.c', ':2: digest.too is not known'],
  ] as const) {
    expect(() => read(text)).toThrow(problem);
  }
});

test('answers of another shape are refused', async () => {
  const digest: Promise<Digest> = collectDigest(async () => ({ view: 'queues', queues: [], truncated: false }), WEEK);
  await expect(digest).rejects.toThrow('Asked for states, got queues');
});
