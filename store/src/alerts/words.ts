import type { Language } from './alerts-config';

interface Described {
  task: string;
  source: string;
  cause: string;
  count: number;
  since: string;
  last: string;
  run: string;
  worker: string | undefined;
}

/** Every sentence of a notification that people read. */
export interface Words {
  firing: string;
  resolved: string;
  summary(task: string, cause: string, count: number): string;
  description(facts: Described): string;
  task: string;
  cause: string;
  count: string;
  since: string;
  ended: string;
  error: string;
  runs: string;
  worker: string;
  owner: string;
  openTimeline: string;
  openRun: string;
  openRunbook: string;
  more(alerts: number): string;
}

const en: Words = {
  firing: 'FIRING',
  resolved: 'RESOLVED',
  summary: (task, cause, count) => `${task}: ${cause}${count > 1 ? ` (${count} times)` : ''}`,
  description: ({ task, source, cause, count, since, last, run, worker }) =>
    `${count === 1 ? 'A run' : `${count} runs`} of ${task} in ${source} failed: ${cause}. ` +
    `${count === 1 ? `At ${last}` : `Since ${since}, last at ${last}`}: run ${run}${worker === undefined ? '' : ` on ${worker}`}.`,
  task: 'Task',
  cause: 'Cause',
  count: 'Failures',
  since: 'Since',
  ended: 'Ended',
  error: 'Error',
  runs: 'Runs',
  worker: 'Worker',
  owner: 'Owner',
  openTimeline: 'Open the timeline',
  openRun: 'Open the run',
  openRunbook: 'Open the runbook',
  more: (alerts) => `and ${alerts} more`,
};

const zhHans: Words = {
  firing: '告警',
  resolved: '已恢复',
  summary: (task, cause, count) => `${task}：${cause}${count > 1 ? `（${count} 次）` : ''}`,
  description: ({ task, source, cause, count, since, last, run, worker }) =>
    `${source} 的任务 ${task} 有 ${count} 次运行失败：${cause}。` +
    `${count === 1 ? `时间 ${last}` : `自 ${since} 起，最近一次 ${last}`}：运行 ${run}${worker === undefined ? '' : `，工作进程 ${worker}`}。`,
  task: '任务',
  cause: '原因',
  count: '失败次数',
  since: '开始时间',
  ended: '结束时间',
  error: '错误',
  runs: '运行',
  worker: '工作进程',
  owner: '负责人',
  openTimeline: '打开时间线',
  openRun: '打开这次运行',
  openRunbook: '打开处理手册',
  more: (alerts) => `另有 ${alerts} 条`,
};

export function wordsOf(language: Language): Words {
  return language === 'en' ? en : zhHans;
}
