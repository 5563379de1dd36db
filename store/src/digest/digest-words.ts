import type { Language } from '../alerts/alerts-config';

/** Every sentence of the digest. */
export interface DigestWords {
  title(from: string, to: string): string;
  totals(ended: string, tasks: string, failed: string, rate: string): string;
  against(rate: string): string;
  allWell: string;
  failing: string;
  failingLine(failed: string, ended: string, before: string): string;
  fresh: string;
  resolved: string;
  causeLine(count: string, tasks: string, last: string): string;
  lasting(count: number): string;
  health: string;
  healthLine(score: string, before: string | undefined): string;
  abnormal: string;
  countLine(count: string, before: string): string;
  slower: string;
  slowerLine(now: string, before: string): string;
  waiting: string;
  pendingLine(pending: string, wait: string | undefined, oldest: string | undefined): string;
  open: string;
}

const en: DigestWords = {
  title: (from, to) => `Runlane: tasks from ${from} to ${to}`,
  totals: (ended, tasks, failed, rate) => `${ended} runs of ${tasks} tasks ended; ${failed} failed (${rate}).`,
  against: (rate) => `The period before: ${rate}.`,
  allWell: 'Nothing failed.',
  failing: 'Most failures',
  failingLine: (failed, ended, before) => `${failed} of ${ended} runs failed, ${before} before`,
  fresh: 'New causes',
  resolved: 'Causes not seen again',
  causeLine: (count, tasks, last) => `${count}× in ${tasks}, last ${last}`,
  lasting: (count) => `${count} ${count === 1 ? 'cause goes' : 'causes go'} on.`,
  health: 'Health',
  healthLine: (score, before) => `${score}${before === undefined ? '' : `, ${before} before`}`,
  abnormal: 'Abnormal exits',
  countLine: (count, before) => `${count}, ${before} before`,
  slower: 'Slower than before (95th percentile)',
  slowerLine: (now, before) => `${now}, ${before} before`,
  waiting: 'Waiting',
  pendingLine: (pending, wait, oldest) =>
    [
      `${pending} pending`,
      ...(oldest === undefined ? [] : [`the oldest since ${oldest}`]),
      ...(wait === undefined ? [] : [`95 % waited at most ${wait}`]),
    ].join(', '),
  open: 'Open Grafana',
};

const zhHans: DigestWords = {
  title: (from, to) => `Runlane：${from} 至 ${to} 的任务`,
  totals: (ended, tasks, failed, rate) => `${tasks} 个任务共结束 ${ended} 次运行，失败 ${failed} 次（${rate}）。`,
  against: (rate) => `上一周期：${rate}。`,
  allWell: '没有失败。',
  failing: '失败最多的任务',
  failingLine: (failed, ended, before) => `${ended} 次运行中失败 ${failed} 次，上一周期 ${before} 次`,
  fresh: '新出现的原因',
  resolved: '不再出现的原因',
  causeLine: (count, tasks, last) => `${count} 次，任务 ${tasks}，最近 ${last}`,
  lasting: (count) => `仍在持续的原因：${count} 个。`,
  health: '健康度',
  healthLine: (score, before) => `${score}${before === undefined ? '' : `，上一周期 ${before}`}`,
  abnormal: '异常退出',
  countLine: (count, before) => `${count}，上一周期 ${before}`,
  slower: '比以前慢（95 百分位）',
  slowerLine: (now, before) => `${now}，上一周期 ${before}`,
  waiting: '等待',
  pendingLine: (pending, wait, oldest) =>
    [
      `等待中 ${pending}`,
      ...(oldest === undefined ? [] : [`最早自 ${oldest}`]),
      ...(wait === undefined ? [] : [`95% 的等待不超过 ${wait}`]),
    ].join('，'),
  open: '打开 Grafana',
};

export function digestWords(language: Language): DigestWords {
  return language === 'en' ? en : zhHans;
}
