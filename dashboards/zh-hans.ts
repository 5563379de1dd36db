/** Every English text of the dashboards in 简体中文. Written for readers of Chinese, not word for word. */
export const CHINESE: Readonly<Record<string, string>> = {
  'Task overview': '任务总览',
  'Task timeline': '任务时间线',
  'Task run': '单次运行',
  'Workers and resources': '工作进程与资源',
  'Same filters, same time range': '沿用当前筛选条件与时间范围',
  'Open this run': '查看这次运行',
  'Show in the timeline': '在时间线中查看',
  'Show workers and queues': '查看工作进程与队列',

  'Data source': '数据源',
  Source: '来源',
  Task: '任务',
  Queue: '队列',
  Worker: '工作进程',
  Host: '主机',
  Run: '运行',
  'Lanes by': '泳道依据',
  'The connected system that the run belongs to': '这次运行所属的接入系统',
  'The id of the run, as its source names it': '来源系统中的运行编号',
  'A run’s id, or a state such as failed: links choose by it whose details are shown':
    '运行编号，或 failed 之类的状态：链接由此指定显示哪一次运行的详情',
  Failures: '失败',
  'Lost runs': '失联的运行',
  'Silent workers': '静默的工作进程',

  'Is it healthy, what broke, and since when? Everything leads on with the same filters and time range.':
    '是否健康，哪里出了问题，从何时开始。所有链接都会带上当前的筛选条件与时间范围。',
  'What happened when: every run on one time axis, how many there were, and why some failed.':
    '什么时候发生了什么：同一时间轴上的每次运行、数量变化，以及失败的原因。',
  'Why did this one fail? One run with all its attempts: outcome, error, every transition, CPU and memory, its family.':
    '这一次为什么失败？一次运行及其全部尝试：结果、错误、每次状态变化、CPU 与内存、上下游关系。',
  'Who does the work and what it costs: workers, queues, CPU and memory, and how long runs take and wait.':
    '谁在干活，代价多少：工作进程、队列、CPU 与内存，以及运行耗时和等待时间。',

  'No such run': '没有这次运行',
  'What became of the run and why, beside what is usual for its task; found by its id whatever the time range.':
    '这次运行结果如何、为什么，并与该任务的平常情况对照；按编号查找，不受时间范围限制。',
  'Failed runs of the same task from a week before this one on, grouped by cause, its own first. The run is the newest of its group.':
    '从这次运行前一周起，同一任务失败的运行按原因分组，它自己的原因在前；所列运行为该组最近一次。',
  'No failed runs': '没有失败的运行',
  'Parents and children': '上级与下级',
  'The runs that asked for this one, and those that it asked for, as a tree with every run on one axis; in bold the chain that decides when all is over.':
    '触发它的运行和它触发的运行，画成一棵树，每次运行都在同一时间轴上；粗体是决定整体何时结束的那一串。',

  'Failing now': '正在失败',
  'Tasks whose health score is below 80 at this moment, or of whose few runs at least half failed, worst first, and how many there were over time.':
    '当前健康分低于 80，或运行次数太少、无法评分但至少一半失败的任务，最差的在前；曲线是数量随时间的变化。',
  'not enough data': '数据不足',
  Waiting: '等待中',
  'Runs that are queued and not started, with the age of the oldest.':
    '已入队但尚未开始的运行，以及等得最久的一个等了多久。',
  'not reported': '来源未提供',
  Running: '运行中',
  'Runs that are being worked on, and how many worker slots there are where the source says so.':
    '正在执行的运行；若来源提供，同时显示工作进程的总槽位数。',
  Finished: '已结束',
  'Runs that ended, per hour, and the share of them that completed.': '每小时结束的运行数，以及其中成功完成的比例。',
  'none in this range': '此时间范围内没有',
  'Abnormal exits': '异常退出',
  'Runs that ended in a way no program asks for: a non-zero exit code, a signal, out of memory, or lost.':
    '非程序本意的结束：退出码非零、被信号终止、内存不足或失联。',
  'Health of the worst task': '最差任务的健康状况',
  'The score is 100 minus the deductions listed here; what was checked and found fine is named too.':
    '得分为 100 减去下列扣分；检查过且没有问题的项目也会列出。',
  'Tasks, worst first': '任务，最差的在前',
  'Every task with its health, failures out of all runs, the most frequent reason, and since when it is below 90.':
    '每个任务的健康分、失败数与总数、最常见的原因，以及从何时起低于 90 分。',
  'No runs in this range': '此时间范围内没有运行',
  'Every run as a bar: the thin line is its wait, dotted lines lead to retries. Click a bar for its facts.':
    '每次运行是一条横条：细线表示等待，虚线连接重试。点击横条查看详情。',
  'Ended runs': '已结束的运行',
  'Runs in the interval in which they ended, by how they ended.': '按结束所在的区间与结束方式计数。',
  'Why runs failed': '失败原因',
  'Failed runs with the same cause count as one line; numbers and ids are left out of the comparison. The run is the newest of its group.':
    '原因相同的失败归为一行，比较时忽略数字与编号。所列运行是该组中最新的一次。',
  'No failed runs in this range': '此时间范围内没有失败的运行',

  pending: '等待中',
  running: '运行中',
  completed: '已完成',
  failed: '失败',
  cancelled: '已取消',
  unknown: '未知',
  alive: '在线',
  silent: '静默',
  Facts: '详情',
  'All that is known of the newest attempt. Click a cell to copy or to read it whole.':
    '最近一次尝试的全部已知信息。点击单元格可复制或查看全文。',
  CPU: 'CPU',
  Memory: '内存',
  Transitions: '状态变化',
  'Every change of state in order, how long after the one before it, and the source’s own word for it.':
    '按顺序列出每次状态变化、距上一次的时间，以及来源系统自己的说法。',
  'Failures of this task, by cause': '该任务的失败，按原因归组',

  'No samples of CPU and memory in this range': '此时间范围内没有 CPU 与内存采样',
  Workers: '工作进程',
  'Every worker seen in this range: alive or silent, what it runs, how the attempts on it ended, what it uses now.':
    '此时间范围内出现过的工作进程：在线或静默、正在运行什么、在其上的尝试如何结束、当前占用多少资源。',
  'No worker is reported': '没有上报工作进程',
  Queues: '队列',
  'What waits in each queue, for how long the oldest has waited, and the wait that 95 % of started runs stay below.':
    '每个队列中等待的数量、最久的等了多久，以及 95% 的运行不超过的等待时间。',
  'No queue is reported': '没有上报队列',
  'CPU by worker': '各工作进程的 CPU',
  'Cores in use, mean of each interval, summed over the worker’s runs.':
    '占用的核数，取每个区间的平均值，按工作进程的全部运行求和。',
  'Memory by worker': '各工作进程的内存',
  'Resident memory, largest of each interval, summed over the worker’s runs.':
    '常驻内存，取每个区间的最大值，按工作进程的全部运行求和。',
  'CPU by task': '各任务的 CPU',
  'Cores in use, mean of each interval, summed over the task’s runs.':
    '占用的核数，取每个区间的平均值，按任务的全部运行求和。',
  'Memory by task': '各任务的内存',
  'Resident memory, largest of each interval, summed over the task’s runs.':
    '常驻内存，取每个区间的最大值，按任务的全部运行求和。',
  'Duration by task, 95th percentile': '各任务耗时（95 分位）',
  '95 % of the runs that ended in the interval took no longer than this.':
    '该区间内结束的运行中，95% 的耗时不超过此值。',
  'No runs ended in this range': '此时间范围内没有结束的运行',
  'Wait by queue, 95th percentile': '各队列等待（95 分位）',
  '95 % of the runs that started in the interval waited no longer than this.':
    '该区间内开始的运行中，95% 的等待不超过此值。',
  'No waits are reported in this range': '此时间范围内没有上报等待时间',

  Resources: '资源',
  'SLO board': 'SLO 看板',
  'Task alerts': '任务告警',
  'Grouped by': '分组依据',
  'Objective, %': '目标，%',
  'How many of 100 ended runs should complete; what may fail is the error budget':
    '每 100 次已结束的运行中应有多少次成功完成；允许失败的部分即错误预算',
  'Is it fast enough, busy enough and reliable enough? P99, runs per second, health, and what is left of the error budget.':
    '够快、够忙、够可靠吗？P99、每秒运行数、健康分，以及剩余的错误预算。',
  'P99 duration': 'P99 耗时',
  '99 % of the runs that completed in the newest interval took no longer than this. Its ceiling is twice the usual of the day before, or 500 ms: choose above.':
    '最近一个区间内成功完成的运行中，99 % 的耗时不超过此值。上限为前一天平时值的两倍，或 500 毫秒：在上方选择。',
  'Runs per second': '每秒运行数',
  'Runs that ended per second, on average over the range. Its floor is half of the quietest hour of the day before, or 1,000 per second: choose above.':
    '时间范围内平均每秒结束的运行数。下限为前一天最清闲一小时的一半，或每秒 1,000 次：在上方选择。',
  Limits: '界限',
  'Learned from the day before, for each task its own; or the same for all: 500 ms and 1,000 runs per second':
    '取自前一天，每个任务各有自己的；或全部相同：500 毫秒与每秒 1,000 次',
  'its own usual': '各自的平时值',
  '500 ms and 1000/s': '500 毫秒与每秒 1000 次',
  'Error budget left': '剩余错误预算',
  'Of the failures that the objective allows in this range, the share that is left; at zero it is used up, and how often over is said.':
    '目标在此时间范围内允许的失败次数中还剩多少；为零表示已用完，并说明超支至几倍。',
  left: '剩余',
  'P99 duration by task': '各任务 P99 耗时',
  '99 % of the runs that completed in the interval took no longer than this. The line is the ceiling, where one holds for all that is shown.':
    '该区间内成功完成的运行中，99 % 的耗时不超过此值。虚线为上限（对所示全部任务相同时）。',
  'Runs per second by task': '各任务每秒运行数',
  'Runs that ended per second of each whole interval.': '每个完整区间内每秒结束的运行数。',
  'Error budget over the range': '错误预算走势',
  'It starts untouched and falls with every failure; at zero the objective is missed.':
    '开始时完整，每次失败都会消耗；为零即未达到目标。',
  'Error budget by task': '各任务错误预算',
  'Every task with what ended, what failed, and what is left of its own budget at the same objective.':
    '每个任务的结束数、失败数，以及按同一目标计算的剩余预算。',
  'What the work costs: CPU and memory now and over time, and who uses most of them.':
    '工作的代价：当前与历史的 CPU、内存，以及谁用得最多。',
  'CPU in use': 'CPU 用量',
  'Cores in use by the runs that run now; a dash where none does.': '此刻进行中的运行占用的核数；没有则为短横。',
  cores: '核',
  'Memory in use': '内存用量',
  'Resident memory of the runs that run now; a dash where none does.': '此刻进行中的运行的常驻内存；没有则为短横。',
  resident: '常驻内存',
  'Who uses most': '用量排行',
  'CPU and memory of each group over the range: on average, at most, and of what runs now.':
    '每个分组在此时间范围内的 CPU 与内存：平均、峰值，以及此刻进行中的运行。',
  'Cores in use, mean of each interval, summed over the runs of a group.':
    '占用核数：每个区间的平均值，按分组内的运行求和。',
  'Resident memory, largest of each interval, summed over the runs of a group.':
    '常驻内存：每个区间的最大值，按分组内的运行求和。',
  'Duration, 95th percentile': '耗时 P95',
  'Running runs': '运行中的数量',
  'How many runs were being worked on at the end of each interval.': '每个区间结束时正在执行的运行数。',
  'What fires and what fired in the time range: rules of your Prometheus, or alerts that the task store made of events, with what is behind them.':
    '正在触发以及在此时间范围内触发过的告警：来自 Prometheus 规则，或任务存储根据事件生成的告警，以及背后的原因。',
  'Nothing fires': '没有触发的告警',
  'Nothing fired in this time range': '此时间范围内没有触发过告警',
  Firing: '触发中',
  'Alerts that fire at this moment, by name.': '此刻正在触发的告警，按名称列出。',
  Alerts: '告警',
  'Firing ones first: what, how bad, whom it tells, which task and cause, since when, and until when.':
    '触发中的在前：是什么、多严重、通知谁、哪个任务与原因、从何时到何时。',
  'When they fired': '触发时段',
  'One lane per alert; a bar lasts as long as the alert fires.': '每个告警一条泳道；横条的长度即触发的时长。',
  firing: '触发中',
  resolved: '已恢复',
  Overview: '总览',
  Timeline: '时间线',
  SLO: 'SLO',

  Systems: '系统',
  'Dashboards about one kind of system': '针对某一类系统的仪表盘',
  Celery: 'Celery 任务',
  'Celery, through Flower, the task store or an exporter: are the workers alive, what waits, what failed and why, what is tried again?':
    'Celery（经由 Flower、任务存储或 exporter）：工作进程是否在线，什么在等待，什么失败了、为何失败，什么在重试。',
  Retrying: '等待重试',
  'Tasks that failed and will be tried again, with the age of the oldest.':
    '已失败、将再次尝试的任务，以及等得最久的一个等了多久。',
  'Tried again': '重试记录',
  'Attempts that failed and were followed by another, and those that wait for theirs. Flower keeps the last attempt of a task only.':
    '失败后又有下一次尝试的记录，以及正在等待重试的任务。Flower 只保留每个任务的最后一次尝试。',
  'No retries in this range': '此时间范围内没有重试',
  Airflow: 'Airflow 调度',
  'Airflow: which DAGs fail, which of their tasks, for which schedule and at which try, what waits for a pool, and whether the scheduler lives.':
    'Airflow：哪些 DAG 失败，其中哪些任务、属于哪次调度、第几次尝试；什么在等资源池；调度器是否正常。',
  DAG: 'DAG',
  Pool: '资源池',
  Operator: '算子',
  'Logical date': '逻辑日期',
  Try: '尝试',
  of: '上限',
  'Run type': '触发方式',
  'DAGs failing': '正在失败的 DAG',
  'DAGs running': '运行中的 DAG',
  'Tasks running': '运行中的任务',
  'Tasks waiting': '等待中的任务',
  'Up for retry': '等待重试',
  'Task instances that failed and will be tried again, with the age of the oldest.':
    '已失败、将再次尝试的任务实例，以及等得最久的一个等了多久。',
  'Failed and up for retry': '失败与等待重试',
  'Task instances that failed by themselves, and those that will be tried again. What only waited for a task that failed is left out.':
    '自身失败的任务实例，以及将再次尝试的任务实例。仅因上游失败而未执行的不在此列。',
  'No failed task instances in this range': '此时间范围内没有失败的任务实例',
  'DAG runs': 'DAG 运行',
  'Runs of DAGs, the newest first: how they were started, for which logical date, how long they took.':
    'DAG 的各次运行，最新的在前：触发方式、逻辑日期与耗时。',
  'No DAG runs in this range': '此时间范围内没有 DAG 运行',
  Pools: '资源池',
  'What waits for and runs in each pool, and the wait that 95 % of started tasks stay below.':
    '每个资源池中等待与运行的任务，以及 95 % 的任务开始前等待不超过的时长。',
  'Running and waiting': '运行与等待',
  'Task instances that run, wait in a queue or for their schedule, the newest first.':
    '正在运行、在队列中或等待调度的任务实例，最新的在前。',
  'Nothing runs and nothing waits': '没有运行中或等待中的任务',
  'Scheduler, triggerer and workers': '调度器、触发器与工作进程',
  'Airflow’s own parts with their last sign of life, where its API is read directly, and the hosts on which tasks ran.':
    'Airflow 自身的组件及其最近一次心跳（直接读取其 API 时），以及运行过任务的主机。',
  'Dagster (assets)': 'Dagster 资产',
  'Dagster: are the assets fresh and did their checks pass, which runs and steps failed, do the daemons live?':
    'Dagster：资产是否新鲜、检查是否通过，哪些运行与步骤失败，守护进程是否正常。',
  'Code location': '代码位置',
  Group: '分组',
  Asset: '资产',
  Assets: '资产',
  'Jobs failing now': '正在失败的作业',
  'Checks failed': '未通过的检查',
  'Results of asset checks in this range that did not pass, of whichever severity.':
    '此时间范围内未通过的资产检查，不论严重程度。',
  'in this range': '此时间范围内',
  'Every asset as it is now, those that need a person first: is it fresh, when and by which run was it made, did its checks pass, what is it made from.':
    '每个资产的现状，需要处理的在前：是否新鲜、何时由哪次运行生成、检查是否通过、由什么生成。',
  'Dagster knows no asset': 'Dagster 中没有资产',
  'Asset checks that failed': '未通过的资产检查',
  'The newest first, with what the check said. The run is that of the job that made it.':
    '最新的在前，附检查给出的说明。',
  'No asset check failed in this range': '此时间范围内没有未通过的资产检查',
  Check: '检查',
  Severity: '严重程度',
  'Runs, steps and ticks that failed': '失败的运行、步骤与触发',
  'The newest first: runs of jobs, tries of their steps, and evaluations of schedules and sensors.':
    '最新的在前：作业的运行、步骤的各次尝试，以及调度与传感器的触发。',
  Daemons: '守护进程',
  Daemon: '守护进程',
  'No daemon is reported: the task store does not keep them, read Dagster directly':
    '没有守护进程的信息：任务存储不保留它们，请直接读取 Dagster',
  none: '没有',
  'Dagster’s daemons: without the scheduler no schedule ticks, without the coordinator nothing that is queued begins.':
    'Dagster 的守护进程：没有调度器就不会触发调度，没有协调器则排队的运行不会开始。',
  'Processes (PM2, Supervisor, systemd)': '进程（PM2、Supervisor、systemd）',
  'Processes and units, whoever watches them: what runs, what has exited and how, what restarts again and again, who uses CPU and memory.':
    '各类进程与单元，不论由谁看管：什么在运行，什么已退出、如何退出，什么在反复重启，谁在占用 CPU 与内存。',
  Process: '进程',
  Starts: '启动次数',
  'How often a process began in this range, each restart among them.': '此时间范围内进程启动的次数，包括每次重启。',
  'restarts too': '含重启',
  'Running now': '正在运行',
  'Processes and units that run or are about to, the newest first.': '正在运行或即将运行的进程与单元，最新的在前。',
  'Nothing runs': '没有正在运行的进程',
  Exited: '已退出',
  'The newest first: with which exit code or by which signal, and how long it had run.':
    '最新的在前：退出码或信号，以及运行了多久。',
  'Nothing exited in this range': '此时间范围内没有进程退出',
  'CPU and memory by process': '各进程的 CPU 与内存',
  'What runs now uses, and the most of this range.': '当前运行的进程所占用的，以及此时间范围内的峰值。',
  'Starts by process': '各进程启动次数',
  'How often each process began in the interval: one that restarts again and again is a wall.':
    '每个区间内各进程启动的次数：反复重启的进程会连成一片。',
  'Nothing started in this range': '此时间范围内没有进程启动',
  'Why they exited': '退出原因',
  Namespace: '命名空间',
  Cluster: '集群',
  'Kubernetes jobs': 'Kubernetes 作业',
  'Jobs and CronJobs of Kubernetes: which fail and for which reason, what was not started when it should, what runs for too long.':
    'Kubernetes 的 Job 与 CronJob：哪些失败、原因是什么，什么没有按时启动，什么运行得太久。',
  Job: '作业',
  Node: '节点',
  'Failed jobs': '失败的作业',
  'Jobs that failed in this range, each once, however often its pods were tried.':
    '此时间范围内失败的作业，每个只计一次，不论其 Pod 重试多少次。',
  'Failed, with the reason': '失败与原因',
  'The newest first, with the reason that Kubernetes gives: BackoffLimitExceeded, DeadlineExceeded, OOMKilled, Evicted.':
    '最新的在前，附 Kubernetes 给出的原因：BackoffLimitExceeded、DeadlineExceeded、OOMKilled、Evicted。',
  'No job failed in this range': '此时间范围内没有失败的作业',
  Reason: '原因',
  'Running longest': '运行最久的',
  'Jobs that run, those that began first on top: what hangs is here.':
    '正在运行的作业，最早开始的在前：卡住的就在这里。',
  'No job runs': '没有运行中的作业',
  'Points are taken off for failures, for runs that a schedule expected and that did not come, and for what is slower than usual.':
    '失败、按计划应有却没有出现的运行，以及比平时慢，都会扣分。',
};
