import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

test.each(['store', 'run'])(
  'a signal that would open the debugger of Node is passed over by runlane %s',
  async (command) => {
    const folder = mkdtempSync(join(tmpdir(), 'runlane-'));
    try {
      mkdirSync(join(folder, 'bin'));
      mkdirSync(join(folder, 'dist'));
      copyFileSync(join(__dirname, 'runlane.mjs'), join(folder, 'bin', 'runlane.mjs'));
      // In place of what is built: says when it has begun, and ends when it is told to.
      const program = `export function main() {
      process.stdin.on('data', () => setTimeout(() => process.exit(0), 1000));
      process.stdout.write('begun');
    }`;
      writeFileSync(join(folder, 'dist', 'runlane.mjs'), program);
      writeFileSync(join(folder, 'dist', 'agent.mjs'), program);
      const child = spawn(process.execPath, [join(folder, 'bin', 'runlane.mjs'), command]);
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await once(child.stdout, 'data');
      child.kill('SIGUSR1');
      child.kill('SIGUSR1');
      child.stdin.write('end');
      expect(await once(child, 'exit')).toEqual([0, null]);
      expect(said).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
);
