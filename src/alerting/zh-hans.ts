import type { AlertRule, Piece, RuleName } from './rule';

/** What a rule found, in 简体中文. `#` is the number; `times` is said where that is a multiple, `bare` where there is none. */
interface Sentence {
  found?: string;
  times?: string;
  bare?: string;
}

const SENTENCES: Readonly<Record<RuleName, Sentence>> = {
  'task-failing': { found: '最近结束的运行中有 # 失败。' },
  'abnormal-exit': { found: '最近异常退出 # 次。' },
  'repeated-failure': { found: '最近失败 # 次，不少于成功，其后没有成功过。' },
  'task-stuck': { times: '已运行的时间是此前 99 % 的运行所用时间的 # 倍。' },
  'task-too-fast': { found: '一半的运行用时不超过平时的 #。它还在干活吗？' },
  'run-missed': { found: '有 # 次应有的运行没有开始，其后没有成功过。' },
  'deadline-at-risk': { found: '按平时的速度，会晚 # 完成。' },
  'queue-backlog': { found: '按最近的速度，需要 # 才能清空。', times: '照此增长，不久会是现在的 # 倍。' },
  'oldest-pending': { found: '最久的已等待 #。' },
  'worker-lost': { found: '有活要干，但已 # 没有消息；它最后的运行可能已丢失。', bare: '来源说它不再回应。' },
  'retry-storm': { found: '重试占最近启动次数的 #。' },
  'health-low': { found: '健康分 #，满分 100。' },
  'memory-near-limit': { found: '已用内存上限的 #，超过上限会被杀死。' },
  'cpu-near-limit': { found: '已用 CPU 上限的 #，到达上限会被限速。' },
  'p99-latency': { found: '最慢的百分之一用时 # 或更久。', times: '最慢的百分之一用时是平时的 # 倍或更久。' },
  'qps-low': { found: '最近每秒结束 # 次。' },
  'source-unreachable': { found: '已 # 没有消息。', bare: 'Prometheus 抓取失败，看不到它的任务。' },
  'collector-lagging': { found: '最早的事件已等待 #，仍未写入。' },
  'monitor-silent': { bare: 'Prometheus 里没有它的指标：现在没有人在看任务。' },
};

/** The description in 简体中文, for messages; absent where there is no sentence for what the rule found. */
export function chineseDescription({
  name,
  message,
}: Pick<AlertRule, 'name' | 'message'>): readonly Piece[] | undefined {
  const number = message.description.find((piece) => typeof piece !== 'string' && 'value' in piece);
  const { found, times, bare } = SENTENCES[name];
  if (number === undefined || typeof number === 'string' || !('value' in number)) {
    return bare === undefined ? undefined : [bare];
  }
  const [before = '', after] = (number.value === 'times' ? times : found)?.split('#') ?? [];
  return after === undefined ? undefined : [before, number, after];
}
