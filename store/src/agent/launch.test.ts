import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { waitFor, writeScript, type Ended } from './agent.kit';
import { whyNotFound } from './find-program';
import { parseNote, readEnvironment, restoreEnviron, type Inherited } from './inherited';
import { planLaunch } from './launch';

const ROOT = resolve(__dirname, '../../..');
const NOTHING: Inherited = {
  ignored: [],
  blocked: [],
  closed: [],
  files: [],
  environment: {},
  rawValues: new Map(),
  rawArguments: new Map(),
};

let folder: string;
/** The program as it is installed: called by name, so that the shell reads it first. */
let runlane: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-launch-'));
  mkdirSync(join(folder, 'bin'));
  runlane = join(folder, 'bin/runlane.mjs');
  copyFileSync(join(ROOT, 'store/bin/runlane.mjs'), runlane);
  chmodSync(runlane, 0o755);
  symlinkSync(join(ROOT, 'store/node_modules'), join(folder, 'node_modules'));
  execFileSync(
    join(ROOT, 'node_modules/.bin/esbuild'),
    [
      join(ROOT, 'store/src/agent/main.ts'),
      ...['--bundle', '--platform=node', '--format=esm', '--target=node20', '--packages=external'],
      ...['--define:RUNLANE_VERSION="test"', `--outfile=${join(folder, 'dist/agent.mjs')}`, '--log-level=error'],
    ],
    { cwd: ROOT }
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command in a shell that has prepared something. */
function start(prepare: string, command: readonly string[]): Promise<Ended> {
  return waitFor(
    spawn('sh', ['-c', prepare, 'sh', ...command], {
      env: {
        ...process.env,
        RUNLANE_STORE: 'http://127.0.0.1:9',
        RUNLANE_SPOOL: join(folder, 'spool'),
        PATH: `${resolve(process.execPath, '..')}:${process.env['PATH']}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  );
}

const wrap = (prepare: string, command: readonly string[]): Promise<Ended> =>
  start(prepare, [runlane, 'run', '--no-flusher', '--', ...command]);
const bytes = (ended: Ended): string => ended.stdout.toString('latin1');

describe('what a command inherits', () => {
  it.each([
    ['the soft limit of open files', 'ulimit -S -n 300; exec "$@"', ['sh', '-c', 'ulimit -S -n; ulimit -H -n']],
    ['signals that are ignored', 'trap "" HUP PIPE INT; exec "$@"', ['grep', '^Sig[BI]', '/proc/self/status']],
    ['the umask', 'umask 027; exec "$@"', ['sh', '-c', 'umask']],
    ['a closed stdin', 'exec "$@" <&-', ['sh', '-c', 'test -e /proc/$$/fd/0; echo $?']],
    ['further open files', 'exec "$@" 7</etc/passwd', ['sh', '-c', 'cat <&7']],
    ['an environment of nothing but the path', 'exec env -i PATH="$PATH" "$@"', ['cat', '/proc/self/environ']],
    [
      'values that are no UTF-8, and that end with line feeds',
      'export RAW="$(printf "\\001\\200\\377%%\\\\\\047\\nx\\n\\nx")"; RAW="${RAW%x}"; export LATIN="$(printf "caf\\351")"; exec "$@"',
      ['cat', '/proc/self/environ'],
    ],
    ['arguments that are no UTF-8', 'exec "$@" "$(printf "\\351x\\001")" ""', ['printf', '<%s>']],
    ['a PWD that is wrong', 'exec env PWD=/wrong OLDPWD= "$@"', ['cat', '/proc/self/environ']],
    ['names that are no identifiers', 'exec env a.b=1 c-d=ü "$@"', ['cat', '/proc/self/environ']],
    [
      'such names and a limit',
      'ulimit -S -n 300; exec env a.b=1 "$@"',
      ['sh', '-c', 'ulimit -S -n; tr "\\0" "\\n" </proc/$$/environ | grep -c "^a.b="'],
    ],
  ])('is %s', async (_what, prepare, probe) => {
    const plain = await start(prepare, probe);
    const wrapped = await wrap(prepare, probe);
    expect(wrapped.code).toBe(plain.code);
    const ownAside = (text: string): string[] =>
      text.split('\0').filter((entry) => !/^(RUNLANE_(RUN_ID|PARENT|ROOT|ATTEMPT)|TRACEPARENT)=/.test(entry));
    expect(ownAside(bytes(wrapped)).sort()).toEqual(ownAside(bytes(plain)).sort());
    expect(bytes(plain)).not.toBe('');
  });

  it('is stdout and stderr closed, where they are', async () => {
    for (const fd of [1, 2]) {
      const witness = join(folder, `closed-${fd}`);
      await wrap(`exec "$@" ${fd}>&-`, ['sh', '-c', `test -e /proc/$$/fd/${fd} || echo closed >> ${witness}`]);
      expect(execFileSync('cat', [witness], { encoding: 'utf8' })).toBe('closed\n');
    }
  });

  it('leaves a command that nohup protects alone', async () => {
    const { stdout } = await wrap('trap "" HUP; exec "$@"', ['sh', '-c', 'kill -HUP $PPID; kill -HUP $$; echo alive']);
    expect(stdout.toString()).toBe('alive\n');
  });

  it('says as ever that there is no such command', async () => {
    const missing = await wrap('ulimit -S -n 300; exec "$@"', ['no-such-command']);
    expect([missing.code, missing.stderr.toString()]).toEqual([
      127,
      expect.stringContaining('no-such-command: command not found'),
    ]);
    const plain = writeScript(folder, 'plain.txt', 'text', 0o644);
    expect((await wrap('ulimit -S -n 300; exec "$@"', [plain])).code).toBe(126);
  });
});

it('runs the command where the agent itself cannot be loaded, and says so', async () => {
  const broken = join(folder, 'broken');
  mkdirSync(join(broken, 'bin'), { recursive: true });
  mkdirSync(join(broken, 'dist'));
  for (const name of ['runlane.mjs', 'run-plainly.mjs']) {
    copyFileSync(join(ROOT, 'store/bin', name), join(broken, 'bin', name));
  }
  const run = (): Promise<Ended> =>
    waitFor(
      spawn(process.execPath, [
        join(broken, 'bin/runlane.mjs'),
        'run',
        '--task',
        'x',
        '--',
        'sh',
        '-c',
        'echo ran; exit 4',
      ])
    );
  for (const [content, reason] of [
    [undefined, 'the store is not built'],
    ['import "no-such-package";', "Cannot find package 'no-such-package'"],
    ['export const = 1;', 'SyntaxError'],
  ] as const) {
    if (content !== undefined) {
      writeFileSync(join(broken, 'dist/agent.mjs'), content);
    }
    const { code, stdout, stderr } = await run();
    expect([code, stdout.toString()]).toEqual([4, 'ran\n']);
    expect(stderr.toString()).toContain(reason);
  }
});

describe('the plan', () => {
  const tools = { prlimit: '/usr/bin/prlimit', sh: '/bin/sh' };

  it('is to start the command itself where Node takes nothing away', () => {
    expect(planLaunch(['a', 'b'], { X: '1' }, NOTHING, tools)).toEqual({
      program: 'a',
      args: ['b'],
      environment: { X: '1' },
    });
  });

  it('restores the limit by prlimit, or else by a shell', () => {
    const limited = { ...NOTHING, openFiles: 300 };
    expect(planLaunch(['a', 'b'], {}, limited, tools)).toMatchObject({ args: ['--nofile=300:', '--', 'a', 'b'] });
    expect(planLaunch(['a', 'b'], {}, limited, { sh: '/bin/sh' })).toMatchObject({ through: 'sh' });
    expect(planLaunch(['a', 'b'], {}, limited, {})).not.toHaveProperty('through');
  });

  it('takes no shell where it would drop variables, or take the command for an option', () => {
    const raw = { ...NOTHING, rawValues: new Map([['A', Buffer.from([255])]]) };
    expect(planLaunch(['a'], { A: '\ufffd' }, raw, tools).through).toBe('sh');
    expect(planLaunch(['a'], { A: '\ufffd', 'b.c': '' }, raw, tools)).not.toHaveProperty('through');
    expect(planLaunch(['a'], { A: '\ufffd', 'b.c': '' }, raw, { ...tools, shKeepsNames: true }).through).toBe('sh');
    expect(planLaunch(['-a'], { A: '\ufffd' }, raw, tools)).not.toHaveProperty('through');
  });

  it('shows no value to those who can read the arguments of a process', () => {
    const secret = Buffer.from('s\xe9cret', 'latin1');
    const raw = { ...NOTHING, rawValues: new Map([['TOKEN', secret]]) };
    const { args } = planLaunch(['a'], { TOKEN: secret.toString() }, raw, tools);
    expect(args.join(' ')).not.toContain('cret');
  });
});

it('reads what the shell has noted', () => {
  const note = 'pid=7 nofile=1024 SigBlk:\t0000000000000200\nSigIgn:\t0000000000001001 closed=1 fd=0 fd=2 fd=9';
  expect(parseNote(note)).toEqual({ openFiles: 1024, blocked: [10], ignored: [1, 13], closed: [1], files: [9] });
  expect(parseNote('')).toEqual({ openFiles: undefined, blocked: [], ignored: [], closed: [], files: [] });
  const entries = ['A=1\x01', 'RUNLANE_ENVIRON=A=1\x01\na.b=x\x01y'].map((text) => Buffer.from(text));
  expect(restoreEnviron(entries)?.map(String)).toEqual(['A=1\x01', 'a.b=x\ny']);
  expect(readEnvironment([Buffer.from('A=\xe9', 'latin1'), Buffer.from('A=2')])).toEqual({
    environment: { A: '\ufffd' },
    rawValues: new Map([['A', Buffer.from([0xe9])]]),
  });
});

it('finds a program as the system does', () => {
  const script = writeScript(folder, 'tool', '#!/bin/sh\n');
  writeScript(folder, 'text', '', 0o644);
  expect(whyNotFound('tool', `/nowhere:${folder}`)).toBeUndefined();
  expect([whyNotFound(script, ''), whyNotFound('tool', '/nowhere'), whyNotFound('', folder)]).toEqual([
    undefined,
    'ENOENT',
    'ENOENT',
  ]);
  expect([whyNotFound('text', folder), whyNotFound(folder, '')]).toEqual(['EACCES', 'EACCES']);
  expect(existsSync(script)).toBe(true);
});
