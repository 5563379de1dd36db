import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeAnswer } from './xml-rpc';
import { readProcessInfos } from './wire';
import type { ProcessInfo } from './wire';

/** Recorded from Supervisor 4.3.0 in Kolkata: a program for each way to end, then again after supervisord was killed. */
export function recorded(name: string): string {
  return readFileSync(join(__dirname, 'fixtures', name), 'utf8');
}

export function recordedProcesses(name = 'processes.xml'): ProcessInfo[] {
  const answer = decodeAnswer(recorded(name));
  return 'value' in answer ? readProcessInfos(answer.value).rows : [];
}
