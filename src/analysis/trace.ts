import { hash64 } from '../diagnosis/diagnose';
import type { TraceAnswer, TraceSpan } from '../model/answer';
import { endedAt } from '../model/lifetime';
import { beganAt, waitMs } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import { lineageId } from './lineage';
import { byKey } from './order';

/**
 * Runs as spans: one per attempt that started, with its wait as a tag. A run without a trace of its own belongs to the
 * trace of its root, and without a span of its own gets one made from its key, so that every family can be drawn.
 */
export function traceOf(runs: readonly TaskRun[], limit: number, now: EpochMs): TraceAnswer {
  const ordered = [...runs].sort((a, b) => beganAt(a) - beganAt(b) || byKey(a, b));
  const spanOf = new Map<string, string>();
  for (const run of ordered) {
    spanOf.set(lineageId(run.source, run.runId), spanIdOf(run));
  }
  const spans = ordered.slice(0, limit).map((run): TraceSpan => {
    const from = run.startedAt ?? beganAt(run);
    const parent = run.parentId === undefined ? undefined : spanOf.get(lineageId(run.source, run.parentId));
    const parentSpanId = run.parentSpanId ?? parent;
    return {
      traceId: run.traceId ?? run.rootId ?? run.runId,
      spanId: spanIdOf(run),
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      operation: run.task,
      service: run.worker ?? run.queue ?? run.source,
      startAt: from,
      durationMs: Math.max(0, (endedAt(run) ?? Math.max(now, from)) - from),
      error: run.state === 'failed',
      tags: tagsOf(run),
    };
  });
  return {
    view: 'trace',
    spans,
    traceIds: [...new Set(spans.map((span) => span.traceId))],
    truncated: ordered.length > spans.length,
  };
}

function spanIdOf(run: TaskRun): string {
  return run.spanId ?? hash64(`${run.source}\n${run.runId}\n${run.attempt}`);
}

function tagsOf(run: TaskRun): TraceSpan['tags'] {
  const facts: ReadonlyArray<readonly [string, string | number | undefined]> = [
    ['source', run.source],
    ['run.id', run.runId],
    ['run.attempt', run.attempt],
    ['run.state', run.state],
    ['run.substate', run.substate],
    ['queue', run.queue],
    ['worker', run.worker],
    ['host', run.host],
    ['wait.ms', waitMs(run)],
    ['exit.code', run.exitCode],
    ['signal', run.signal],
    ['error.type', run.error?.type],
    ['error.message', run.error?.message],
    ['cpu.seconds', run.cpuSeconds],
    ['memory.max.bytes', run.maxRssBytes],
  ];
  return facts.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
}
