import { answerFromRuns } from '../analysis/answer-from-runs';
import { assetsAnswer } from '../analysis/assets';
import { askedRun } from '../analysis/run';
import type { Connector } from '../connectors/connector';
import { PageProgress, PAGES_REPEAT } from '../connectors/page-progress';
import type { HealthSpec } from '../health/spec';
import type { Answer, PartsNow, RunPage } from '../model/answer';
import { ConnectorError } from '../model/connector-error';
import { withRetriedMarked } from '../model/attempts';
import { compileFilter } from '../model/filter';
import { NO_FILTER } from '../model/task-query';
import type { FilterField, Match, RunsQuery, TaskFilter, TimeRange, ViewRequest } from '../model/task-query';
import { beganAt, runKey } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { DurationMs } from '../model/units';

/** Most runs that are fetched to compute a view which the source does not answer itself. */
const MOST_RUNS = 20_000;
const PAGE = 5000;
/** More families or traces than this in one answer are a list, not a picture. */
const MOST_FAMILIES = 50;

/**
 * The answer to a view: the source's own where it has one, else computed from its runs. A health spec of the data
 * source's own also means computing, because the source does not know it.
 */
export async function ask(
  connector: Connector,
  request: ViewRequest & { query: { limit: number } },
  signal: AbortSignal,
  healthSpec?: HealthSpec
): Promise<Answer> {
  const { query, range } = request;
  const { view, filter, limit } = query;
  const own = connector.answers?.includes(view) === true && !(view === 'health' && healthSpec !== undefined);
  if (own && connector.aggregate !== undefined) {
    return withParts(await connector.aggregate(request, signal), connector, filter, signal);
  }
  if (view === 'run') {
    return askRun(connector, request, signal);
  }
  // Sources list runs in an order of their own: for another one all of them are looked at.
  if (view === 'runs' && query.sort === undefined) {
    const { cursor } = query;
    const wanted = { filter, range, limit, ...(cursor !== undefined && { cursor }) };
    return { view, ...(await somePage(connector, wanted, signal)) };
  }
  if (view === 'workers' && connector.workers !== undefined) {
    return { view, workers: await connector.workers(filter, range, signal), truncated: false };
  }
  if (view === 'queues' && connector.queues !== undefined) {
    return { view, queues: await connector.queues(filter, range, signal), truncated: false };
  }
  if (view === 'assets') {
    if (connector.assets === undefined) {
      // Not an empty list: a panel would say that there are none.
      throw new ConnectorError(
        'not-reported',
        connector.id,
        'This source tells no assets: only an orchestrator does that keeps track of the data it makes, as Dagster. Read that one directly.'
      );
    }
    return assetsAnswer(await connector.assets(signal), filter, limit);
  }
  const family = view === 'lineage' ? familyFilter : view === 'trace' ? traceFilter : undefined;
  const page = await allRuns(connector, { filter, range, limit: PAGE }, signal);
  const wider = family?.(page.runs);
  const options = { reports: connector.reports, now: Date.now(), healthSpec };
  if (wider === undefined || filter.matches.length === 0) {
    const { runs, notices, ...cut } = page;
    const answer = answerFromRuns(request, runs, { ...options, ...cut });
    return noticed(await withParts(answer, connector, filter, signal), notices);
  }
  const pages = await Promise.all(wider.map((one) => allRuns(connector, { filter: one, range, limit: PAGE }, signal)));
  const found = new Map([page, ...pages].flatMap(({ runs }) => runs.map((run) => [runKey(run), run] as const)));
  const truncated = [page, ...pages].some((one) => one.truncated);
  const answer = answerFromRuns({ ...request, query: { ...query, filter: NO_FILTER } }, found.values(), {
    ...options,
    truncated,
  });
  return noticed(answer, page.notices);
}

/** How far a run is looked for that is not in the range, and how much of its task's past tells what is usual. */
const RUN_REACH: DurationMs = 30 * 86_400_000;
const RUN_PAST: DurationMs = 7 * 86_400_000;
const MOST_PAST = 1000;

/** One run and what is around it, from the lists of runs that a source gives: itself, others of its task, its family. */
async function askRun(
  connector: Connector,
  request: ViewRequest & { query: { limit: number } },
  signal: AbortSignal
): Promise<Answer> {
  const { filter, limit } = request.query;
  const now = Date.now();
  const { from, to } = request.range;
  const options = { reports: connector.reports, now };
  const sources = filter.matches.filter(({ field }) => field === 'source');
  const id = askedRun(filter);
  const byId: TaskFilter = { matches: [...sources, { field: 'runId', operator: '=', values: [id ?? ''] }] };
  const find = (range: TimeRange) => allRuns(connector, { filter: byId, range, limit: PAGE }, signal);
  let own = id === undefined ? undefined : await find({ from, to });
  if (own?.runs.length === 0) {
    own = await find({ from: now - RUN_REACH, to: now + 1 });
  }
  const run = own?.runs.at(-1);
  if (own === undefined || run === undefined) {
    const failed: TaskFilter = { matches: [...sources, { field: 'state', operator: '=', values: ['failed'] }] };
    const page = await somePage(connector, { filter: failed, range: { from, to }, limit }, signal);
    return noticed(answerFromRuns(request, page.runs, options), page.notices ?? []);
  }
  const ofTask: TaskFilter = {
    matches: [
      { field: 'source', operator: '=', values: [run.source] },
      { field: 'task', operator: '=', values: [run.task] },
    ],
  };
  const began = beganAt(run);
  const [before, after, ...family] = await Promise.all([
    somePage(connector, { filter: ofTask, range: { from: began - RUN_PAST, to: began + 1 }, limit: MOST_PAST }, signal),
    somePage(connector, { filter: ofTask, range: { from: began, to: now + 1 }, limit: MOST_PAST }, signal),
    ...familyFilter([run]).map((one) =>
      allRuns(connector, { filter: one, range: { from: began - RUN_REACH, to: now + 1 }, limit: PAGE }, signal)
    ),
  ]);
  // Lists begin with the newest run: of one that is cut, nobody knows which came next.
  const later = after.truncated ? [] : after.runs;
  const found = [own, before, ...family].flatMap(({ runs }) => runs).concat(later);
  const all = new Map(found.map((one) => [runKey(one), one] as const));
  return noticed(answerFromRuns(request, all.values(), options), own.notices);
}

/** What the source said about its runs holds for what is computed from them. */
function noticed(answer: Answer, notices: readonly string[]): Answer {
  return notices.length === 0 ? answer : { ...answer, notices: [...(answer.notices ?? []), ...notices] };
}

/** Parts of the system itself come before the workers that runs name, where nothing is asked for that only runs have. */
async function withParts(
  answer: Answer,
  connector: Connector,
  filter: TaskFilter,
  signal: AbortSignal
): Promise<Answer> {
  const { matches, text = '' } = filter;
  if (answer.view !== 'workers' || connector.parts === undefined || text !== '' || !matches.every(isOfParts)) {
    return answer;
  }
  const isWanted = compileFilter(filter);
  const asRun = (source: string, worker: string): TaskRun => {
    return { source, worker, runId: '', attempt: 1, state: 'unknown', task: '', observedAt: 0 };
  };
  const told = await partsOf(connector.parts(signal));
  if (typeof told === 'string') {
    return noticed(answer, [told]);
  }
  const { workers, notices } = told;
  const parts = workers.filter(({ source, name }) => isWanted(asRun(source, name)));
  // A sentence is about a source, not about one of its workers.
  const isAbout = compileFilter({ matches: matches.filter(({ field }) => field === 'source') });
  const said = notices.filter(({ source }) => isAbout(asRun(source, ''))).map(({ text: sentence }) => sentence);
  return noticed({ ...answer, workers: [...parts, ...answer.workers] }, [...new Set(said)]);
}

/** That they cannot be told takes nothing from the workers: a store that is older than this has no such address. */
async function partsOf(parts: Promise<PartsNow>): Promise<PartsNow | string> {
  try {
    return await parts;
  } catch (error) {
    if (error instanceof ConnectorError) {
      return error.message;
    }
    throw error;
  }
}

function isOfParts({ field }: Match): boolean {
  return field === 'source' || field === 'worker';
}

/** Everything that descends from the same roots as these runs: one run asked for shows its whole family. */
function familyFilter(runs: readonly TaskRun[]): TaskFilter[] {
  const roots = [...new Set(runs.map((run) => run.rootId ?? run.runId))].slice(0, MOST_FAMILIES);
  const parents = [...new Set(runs.flatMap((run) => run.parentId ?? []))].slice(0, MOST_FAMILIES);
  return filters([
    ['rootId', roots],
    ['runId', [...new Set([...roots, ...parents])]],
  ]);
}

/** Everything in the same traces. */
function traceFilter(runs: readonly TaskRun[]): TaskFilter[] {
  return filters([['traceId', [...new Set(runs.flatMap((run) => run.traceId ?? []))].slice(0, MOST_FAMILIES)]]);
}

function filters(wanted: ReadonlyArray<readonly [FilterField, readonly string[]]>): TaskFilter[] {
  return wanted
    .filter(([, values]) => values.length > 0)
    .map(([field, values]) => ({ matches: [{ field, operator: '=', values }] }));
}

/** A page of runs under the filter; where the source cannot apply it, as many as are among its next runs. */
async function somePage(connector: Connector, query: RunsQuery, signal: AbortSignal): Promise<RunPage> {
  const { matches, text = '' } = query.filter;
  const isFiltered = matches.length > 0 || text !== '';
  // Of a source that answers nothing itself no filter is expected: its first page is then that of all runs.
  const isCutHere = isFiltered && connector.answers === undefined;
  const { unfiltered, ...page } = await connector.runs(isCutHere ? { ...query, limit: PAGE } : query, signal);
  if (!isFiltered || unfiltered !== true) {
    return page;
  }
  const all = await allRuns(connector, { ...query, limit: PAGE }, signal);
  return { ...all, runs: all.runs.slice(0, query.limit), truncated: all.truncated || all.runs.length > query.limit };
}

/**
 * Page after page until `MOST_RUNS` were looked at; says when there are more. A run that moved from one page to the next
 * counts once, and one that the source could not filter out is left out here.
 */
async function allRuns(connector: Connector, query: RunsQuery, signal: AbortSignal) {
  const isWanted = compileFilter(query.filter);
  const found = new Map<string, TaskRun>();
  let isUnfiltered = false;
  let skipped = 0;
  const notices = new Set<string>();
  let total: number | undefined;
  let cursor: string | undefined;
  const progress = new PageProgress();
  // A page that others follow is cut as well: only the last one tells whether all came.
  let truncated: boolean;
  do {
    const page = await connector.runs(cursor === undefined ? query : { ...query, cursor }, signal);
    const before = found.size;
    page.runs.forEach((run) => found.set(runKey(run), run));
    isUnfiltered ||= page.unfiltered === true;
    skipped += page.skipped;
    page.notices?.forEach((notice) => notices.add(notice));
    total ??= page.total;
    cursor = page.next;
    truncated = cursor !== undefined || page.truncated;
    if (cursor !== undefined && !progress.leadsOn(cursor, page.runs.length > 0 && found.size === before)) {
      notices.add(PAGES_REPEAT);
      break;
    }
  } while (cursor !== undefined && found.size < MOST_RUNS);
  // A failure that was tried again is none of those that failed: that shows before the later attempt is filtered out.
  const runs = isUnfiltered ? withRetriedMarked(found.values()).filter(isWanted) : [...found.values()];
  return {
    runs,
    skipped,
    truncated,
    notices: [...notices],
    ...(total === undefined ? {} : { total }),
  };
}
