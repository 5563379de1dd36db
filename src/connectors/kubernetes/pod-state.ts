import { compact } from '../../model/read-shape';
import type { LifecycleState, Substate } from '../../model/lifecycle';
import type { RunError } from '../../model/task-run';
import type { DurationMs, EpochMs } from '../../model/units';
import type { Container, ContainerState, Pod } from './wire';

/** How a try stands. */
export interface Standing {
  state: LifecycleState;
  substate?: Substate;
  /** As kubectl's column STATUS has it: `OOMKilled`, `ImagePullBackOff`, `Running`. */
  nativeState: string;
  startedAt?: EpochMs;
  finishedAt?: EpochMs;
  exitCode?: number;
  signal?: string;
  error?: RunError;
  evidence?: string;
}

/** A kubelet that lives confirms the end of a pod within seconds of its last moment. */
const CONFIRMED_WITHIN_MS: DurationMs = 60_000;

/** By number, of Linux on all that Kubernetes runs on. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  31: 'SIGSYS',
};

/** What pods say of themselves when they failed for another reason than their program. */
const SUBSTATE_OF_REASON: Readonly<Record<string, Substate>> = {
  DeadlineExceeded: 'timed_out',
  OOMKilled: 'oom',
  Evicted: 'killed',
  Terminated: 'killed',
  NodeShutdown: 'killed',
  Shutdown: 'killed',
  PreemptionByScheduler: 'killed',
  EvictionByEvictionAPI: 'killed',
  TerminationByKubelet: 'killed',
  DeletionByTaintManager: 'lost',
  DeletionByPodGC: 'lost',
  NodeLost: 'lost',
  ContainerStatusUnknown: 'lost',
};

/** The one that decides how a pod stands: the first, or the one that an annotation names. Sidecars never do. */
export function mainOf({ annotations, containers }: Pod): Container | undefined {
  const named = annotations['kubectl.kubernetes.io/default-container'];
  return containers.find(({ name }) => name === named) ?? containers[0];
}

/** @param now when it was told */
export function standingOf(pod: Pod, now: EpochMs): Standing {
  switch (pod.phase) {
    case 'Succeeded':
      return { ...succeeded(pod), nativeState: 'Completed' };
    case 'Failed':
      return failed(pod);
    case 'Unknown':
      return lost(pod, lastChange(pod), pod.message ?? 'The node does not tell how its pod is.');
    case 'Pending':
      return pod.deletedBy === undefined ? pending(pod) : leaving(pod, now, pod.deletedBy);
    case 'Running':
      return pod.deletedBy === undefined ? running(pod) : leaving(pod, now, pod.deletedBy);
    default:
      return { state: 'unknown', nativeState: pod.phase };
  }
}

/** How a container ended, of a pod that went on or did not. */
export function endOf({ name }: Container, ended: ContainerState): Standing {
  const { reason = 'Error', message, startedAt, finishedAt } = ended;
  // What was not found again has a code that the kubelet made up: 137.
  const exitCode = reason === 'ContainerStatusUnknown' ? undefined : ended.exitCode;
  const signal = SIGNALS[ended.signal ?? (exitCode ?? 0) - 128];
  const said = message?.trim();
  return compact<Standing>({
    state: exitCode === 0 ? 'completed' : 'failed',
    substate: exitCode === 0 ? 'success' : (SUBSTATE_OF_REASON[reason] ?? (signal === 'SIGKILL' ? 'killed' : 'error')),
    nativeState: reason,
    startedAt,
    finishedAt,
    exitCode,
    signal,
    error:
      exitCode === 0
        ? undefined
        : compact<RunError>({
            type: reason === 'Error' ? undefined : reason,
            message:
              said === undefined || said === '' ? `Container ${name} exited with code ${exitCode ?? 'unknown'}.` : said,
          }),
  });
}

function succeeded(pod: Pod): Standing {
  const { startedAt, finishedAt, exitCode } = mainOf(pod)?.state ?? {};
  return compact<Standing>({
    state: 'completed',
    substate: 'success',
    nativeState: 'Completed',
    startedAt,
    finishedAt: finishedAt ?? lastEnd(pod),
    exitCode,
  });
}

function failed(pod: Pod): Standing {
  const culprit = culpritOf(pod);
  const main = mainOf(pod)?.state;
  const own = culprit === undefined ? undefined : endOf(culprit.container, culprit.ended);
  const disrupted = pod.conditions.find(({ type, isTrue }) => type === 'DisruptionTarget' && isTrue);
  const reason = pod.reason ?? disrupted?.reason;
  const message = pod.message ?? disrupted?.message;
  return compact<Standing>({
    ...(own ?? { state: 'failed', substate: 'error', nativeState: 'Failed', error: { message: 'The pod failed.' } }),
    startedAt: main?.startedAt ?? own?.startedAt,
    finishedAt: own?.finishedAt ?? main?.finishedAt ?? lastEnd(pod) ?? disrupted?.at ?? lastChange(pod),
    ...(reason !== undefined && {
      nativeState: reason,
      // What the kubelet did not let in has a word of its own for each lack: OutOfcpu, NodeAffinity.
      substate:
        SUBSTATE_OF_REASON[reason] ??
        (own === undefined && pod.reason !== undefined ? 'rejected' : (own?.substate ?? 'error')),
      error: compact<RunError>({ type: reason, message: message?.trim() ?? own?.error?.message }),
    }),
  });
}

/** The container that made a pod fail: the main one if it did, else another, else what was to run before them. */
function culpritOf(pod: Pod): { container: Container; ended: ContainerState } | undefined {
  const main = mainOf(pod);
  const order = [...(main === undefined ? [] : [main]), ...pod.containers, ...pod.initContainers];
  for (const container of order) {
    const { state } = container;
    if (state?.is === 'terminated' && state.exitCode !== 0) {
      return { container, ended: state };
    }
  }
  return undefined;
}

function running(pod: Pod): Standing {
  const main = mainOf(pod);
  const { state } = main ?? {};
  if (main === undefined || state === undefined) {
    return { state: 'running', substate: 'starting', nativeState: 'Running' };
  }
  switch (state.is) {
    case 'running':
      return compact<Standing>({
        state: 'running',
        substate: 'executing',
        nativeState: 'Running',
        startedAt: state.startedAt,
        evidence: silence(pod),
      });
    case 'waiting':
      return waiting(main.restarts > 0 ? 'retrying' : 'received', state);
    case 'terminated': {
      if (pod.restartsInPlace && state.exitCode !== 0) {
        return endOf(main, state);
      }
      const others = pod.containers.filter((one) => one !== main && one.state?.is === 'running');
      return compact<Standing>({
        state: 'running',
        substate: 'stopping',
        nativeState: 'NotReady',
        startedAt: state.startedAt,
        evidence:
          others.length === 0
            ? undefined
            : `Container ${main.name} ended with code ${state.exitCode}; ${others.map(({ name }) => name).join(', ')} of the same pod still runs, so the pod does not end.`,
      });
    }
  }
}

/** Who watches nodes takes away the readiness of a pod whose node is silent, and leaves that of its containers as it was. */
function silence({ conditions, node }: Pod): string | undefined {
  const [ready, containersReady] = ['Ready', 'ContainersReady'].map((name) =>
    conditions.find(({ type }) => type === name)
  );
  return containersReady?.isTrue === true &&
    ready?.isTrue === false &&
    ready.at !== undefined &&
    ready.reason === undefined
    ? `Node ${node} has not answered since ${new Date(ready.at).toISOString()}: whether this still runs is not known.`
    : undefined;
}

function pending(pod: Pod): Standing {
  const scheduled = pod.conditions.find(({ type }) => type === 'PodScheduled');
  if (pod.node === undefined) {
    const { reason, message } = scheduled ?? {};
    return compact<Standing>({
      state: 'pending',
      substate: 'queued',
      nativeState: reason ?? 'Pending',
      evidence: reason === undefined ? undefined : say(reason, message),
    });
  }
  const init = pod.initContainers.find(({ state, isSidecar }) => state !== undefined && !isSidecar && !isOver(state));
  if (init?.state?.is === 'running') {
    return {
      state: 'pending',
      substate: 'received',
      nativeState: 'PodInitializing',
      evidence: `Init container ${init.name} runs.`,
    };
  }
  const held = [init?.state, ...[...pod.containers, ...pod.initContainers].map(({ state }) => state)].find(
    (state) => state?.is === 'waiting' && !isOnItsWay(state)
  );
  return held === undefined
    ? { state: 'pending', substate: 'received', nativeState: mainOf(pod)?.state?.reason ?? 'Pending' }
    : waiting('received', held);
}

function isOver({ is, exitCode }: ContainerState): boolean {
  return is === 'terminated' && exitCode === 0;
}

function isOnItsWay({ reason }: ContainerState): boolean {
  return reason === undefined || reason === 'ContainerCreating' || reason === 'PodInitializing';
}

function waiting(substate: Substate, state: ContainerState): Standing {
  const { reason = 'Waiting', message } = state;
  return compact<Standing>({
    state: 'pending',
    substate,
    nativeState: reason,
    evidence: message === undefined && isOnItsWay(state) ? undefined : say(reason, message),
  });
}

/** It was deleted, and its containers are told to end. */
function leaving(pod: Pod, now: EpochMs, deletedBy: EpochMs): Standing {
  if (now > deletedBy + CONFIRMED_WITHIN_MS) {
    return lost(
      pod,
      deletedBy,
      `It was to be gone by ${new Date(deletedBy).toISOString()}, and node ${pod.node ?? '(none)'} did not confirm it.`
    );
  }
  const { startedAt } = mainOf(pod)?.state ?? {};
  return compact<Standing>(
    startedAt === undefined
      ? { state: 'pending', substate: 'received', nativeState: 'Terminating' }
      : { state: 'running', substate: 'stopping', nativeState: 'Terminating', startedAt }
  );
}

function lost(pod: Pod, at: EpochMs, evidence: string): Standing {
  return compact<Standing>({
    state: 'failed',
    substate: 'lost',
    nativeState: pod.reason ?? (pod.deletedBy === undefined ? pod.phase : 'Terminating'),
    startedAt: mainOf(pod)?.state?.startedAt,
    finishedAt: at,
    error: compact<RunError>({ type: pod.reason, message: evidence }),
    evidence,
  });
}

function lastEnd(pod: Pod): EpochMs | undefined {
  return newest([...pod.containers, ...pod.initContainers].map(({ state }) => state?.finishedAt));
}

/** Of a pod that never had a container: since when it is as it is. */
function lastChange(pod: Pod): EpochMs {
  return newest(pod.conditions.map(({ at }) => at)) ?? pod.createdAt;
}

function newest(times: ReadonlyArray<EpochMs | undefined>): EpochMs | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function say(reason: string, message: string | undefined): string {
  return message === undefined ? `${reason}.` : `${reason}: ${message}`;
}
