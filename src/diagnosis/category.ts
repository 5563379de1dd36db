import type { FailureCategory } from '../model/answer';
import type { TaskRun } from '../model/task-run';

/** How much of type and message is looked at: the cause stands at the beginning. */
const LONGEST_INPUT = 2000;

/**
 * Words that give a category away, in order: the first rule that matches decides, so the more certain and more specific
 * rules come first. Every pattern is an alternation of fixed words (short codes bounded: `FileNotFoundError` holds `enotfound`), so the cost is linear.
 *
 * Chinese words stand beside the English ones because messages come in both.
 */
const RULES: ReadonlyArray<readonly [FailureCategory, RegExp]> = [
  [
    'resources',
    /out ?of ?memory|outofmemory|memoryerror|cannot allocate memory|oom[- _]?kill|no space left|disk (?:is )?full|\benospc|disk quota|too many open files|\bemfile|\benfile|\benomem|resource exhausted|resourceexhausted|quota exceeded|heap (?:limit|space)|memory limit|内存不足|内存溢出|磁盘(?:空间)?(?:已满|不足)|空间不足|资源不足/iu,
  ],
  [
    'timeout',
    /time ?limit ?exceeded|timelimitexceeded|timed[ _-]?out|time-?out|deadline ?exceeded|\betimedout|\besockettimedout|took too long|超时/iu,
  ],
  [
    'network',
    /\beconnrefused|\beconnreset|\beconnaborted|\behostunreach|\benetunreach|\benotfound|\beai_again|\bepipe|connection (?:was )?(?:refused|reset|aborted|closed|lost|unexpectedly closed)|connection ?error|connectionerror|connectionrefused|connectionreset|server ?disconnected|remote end closed|broken ?pipe|network (?:is )?(?:unreachable|error)|no route to host|name or service not known|temporary failure in name resolution|getaddrinfo|\bdns\b|socket hang up|ssl ?error|sslerror|tls handshake|certificate|unexpected eof|连接(?:被)?(?:拒绝|重置|断开|失败|关闭)|网络|无法连接|域名解析|证书/iu,
  ],
  [
    'configuration',
    /permission denied|\beacces|\beperm|access denied|accessdenied|unauthori[sz]ed|forbidden|authentication failed|invalid credentials|invalid (?:api )?(?:key|token)|improperly ?configured|improperlyconfigured|configuration|misconfigur|environment variable|missing setting|not configured|command not found|executable (?:file )?not found|no module named|modulenotfounderror|importerror|cannot find module|cannot find package|unknown option|usage:|权限|拒绝访问|未授权|认证失败|配置|环境变量|找不到模块|命令未找到/iu,
  ],
  [
    'dependency',
    /service unavailable|bad gateway|gateway timeout|too many requests|rate ?limit|throttl|internal server error|upstream|operationalerror|deadlock|lock wait|database is locked|server has gone away|too many connections|could not connect to server|redis|broker|kombu|amqp|kafka|s3 ?error|status (?:code )?(?:429|5\d\d)|http (?:error )?(?:429|5\d\d)|服务不可用|网关|限流|死锁|数据库/iu,
  ],
  [
    'data',
    /validation|invalid (?:value|input|date|json|format|literal|argument)|valueerror|unicode(?:decode|encode)?error|decode ?error|parse ?error|parseerror|jsondecodeerror|unexpected token|unexpected end of (?:json|input)|malformed|schema|integrityerror|constraint|duplicate (?:key|entry)|foreign key|not null|does ?not ?exist|doesnotexist|no such (?:file|table|column|row)|\benoent|filenotfound|not found|out of range|data ?error|校验|验证失败|格式错误|无效的?(?:值|数据|输入|格式)|解析(?:失败|错误)|重复|不存在|数据(?:错误|异常)/iu,
  ],
  [
    'code',
    /typeerror|attributeerror|nameerror|referenceerror|syntaxerror|keyerror|indexerror|zerodivision|division by zero|assertion|nullpointer|null pointer|nil pointer|undefined is not|is not a function|cannot read propert|not implemented|notimplemented|recursion|stack ?overflow|segmentation fault|unboundlocal|rangeerror|classcast|illegalstate|illegalargument|panic:|空指针|除以?零|断言|未定义|栈溢出|语法错误/iu,
  ],
  [
    'infrastructure',
    /worker ?lost|workerlost|evicted|preempt|node (?:not ready|lost|shutdown)|nodelost|image ?pull|imagepull|crashloop|failed ?scheduling|failedscheduling|unschedulable|container (?:runtime|cannot)|kubelet|shutting down|sigterm|sighup|驱逐|节点|镜像|调度失败/iu,
  ],
];

/** Signals by which a program ends because of its own code. */
const CODE_SIGNALS: ReadonlySet<string> = new Set([
  'SIGSEGV',
  'SIGABRT',
  'SIGFPE',
  'SIGILL',
  'SIGBUS',
  'SIGTRAP',
  'SIGSYS',
]);
const RESOURCE_SIGNALS: ReadonlySet<string> = new Set(['SIGXCPU', 'SIGXFSZ']);

/**
 * Where to look for the cause. Hard evidence first (how the run ended), then the words of the error, then the exit
 * codes that shells and `sysexits.h` give a meaning. What nothing speaks for is `unknown`, never a guess.
 */
export function categoryOf(run: TaskRun): FailureCategory {
  switch (run.substate) {
    case 'oom':
      return 'resources';
    case 'timed_out':
    case 'expired':
      return 'timeout';
    case 'lost':
      return 'infrastructure';
    case 'upstream_failed':
      return 'dependency';
    case undefined:
    default:
      break;
  }
  if (run.signal !== undefined) {
    if (CODE_SIGNALS.has(run.signal)) {
      return 'code';
    }
    if (RESOURCE_SIGNALS.has(run.signal)) {
      return 'resources';
    }
  }
  const words = `${run.error?.type ?? ''} ${run.error?.message ?? ''}`.slice(0, LONGEST_INPUT);
  for (const [category, pattern] of RULES) {
    if (pattern.test(words)) {
      return category;
    }
  }
  if (run.signal !== undefined) {
    return 'infrastructure';
  }
  return categoryOfExitCode(run.exitCode);
}

/**
 * 124 is `timeout`'s; 126 and 127 are the shell's "cannot execute" and "not found"; 128 + n is "ended by signal n";
 * 64–78 are those of `sysexits.h`. Every other code is the program's own affair.
 */
function categoryOfExitCode(code: number | undefined): FailureCategory {
  switch (code) {
    case 124:
      return 'timeout';
    case 126:
    case 127:
    case 64:
    case 77:
    case 78:
      return 'configuration';
    case 65:
    case 66:
      return 'data';
    case 68:
    case 76:
      return 'network';
    case 69:
    case 75:
      return 'dependency';
    case 70:
    case 134:
    case 136:
    case 139:
      return 'code';
    case 137:
      return 'resources';
    case 71:
    case 72:
    case 74:
    case 143:
    case 129:
      return 'infrastructure';
    case undefined:
    default:
      return 'unknown';
  }
}
