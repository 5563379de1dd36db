import type { Connector } from '../../../src/connectors/connector';
import { SharedAnswer } from '../../../src/connectors/shared-answer';
import { ConnectorError } from '../../../src/model/connector-error';
import type { AssetList, AssetsNow, PartsNow, Worker } from '../../../src/model/answer';
import type { SourceStatus } from '../../../src/model/source-status';
import type { EpochMs } from '../../../src/model/units';

/** However many panels and people ask, a source is asked once in this time. */
const KNOWN_FOR_MS = 10_000;

/** What a source that is polled tells only of the present, so that no archive holds it: asked for when somebody wants to see it. */
export class SourceNow {
  readonly assets?: SharedAnswer<AssetList>;
  readonly parts?: SharedAnswer<Worker[]>;

  constructor(
    readonly name: string,
    { id, assets, parts }: Connector,
    now: () => EpochMs
  ) {
    const ours = <T extends { source: string }>(one: T): T => ({
      ...one,
      source: one.source === id ? name : `${name}/${one.source}`,
    });
    if (assets !== undefined) {
      this.assets = new SharedAnswer(
        async (signal) => {
          const list = await assets(signal);
          return { ...list, assets: list.assets.map(ours) };
        },
        KNOWN_FOR_MS,
        now
      );
    }
    if (parts !== undefined) {
      this.parts = new SharedAnswer(async (signal) => (await parts(signal)).workers.map(ours), KNOWN_FOR_MS, now);
    }
  }
}

/** Assets of all sources that have any. One that does not answer takes nothing from the others, and is said. */
export async function assetsNow(sources: readonly SourceNow[], signal: AbortSignal): Promise<AssetsNow> {
  const { told, untold } = await askAll(sources, ({ assets }) => assets?.get(signal), signal);
  return {
    asked: told.length + untold.length,
    answered: told.length,
    assets: told.flatMap(({ value }) => value.assets),
    skipped: told.reduce((sum, { value }) => sum + value.skipped, 0),
    notices: [
      ...told.flatMap(({ name, value }) => (value.notices ?? []).map((text) => ({ source: name, text }))),
      ...untold.map(({ name, why }) => ({
        source: name,
        text: `The assets of ${name} could not be asked for: ${why}`,
      })),
    ],
  };
}

/** Schedulers and daemons of all sources that have any, and what the last poll of each was told to know. */
export async function partsNow(
  sources: readonly SourceNow[],
  statuses: readonly SourceStatus[],
  signal: AbortSignal
): Promise<PartsNow> {
  const { told, untold } = await askAll(sources, ({ parts }) => parts?.get(signal), signal);
  return {
    workers: told.flatMap(({ value }) => value),
    notices: [
      ...untold.map(({ name, why }) => ({
        source: name,
        text: `Whether the schedulers and daemons of ${name} live could not be asked for: ${why}`,
      })),
      ...statuses.flatMap(({ name, notices }) => notices.map((text) => ({ source: name, text }))),
    ],
  };
}

async function askAll<T>(
  sources: readonly SourceNow[],
  ask: (source: SourceNow) => Promise<T> | undefined,
  signal: AbortSignal
) {
  const told: Array<{ name: string; value: T }> = [];
  const untold: Array<{ name: string; why: string }> = [];
  await Promise.all(
    sources.map(async (source) => {
      const { name } = source;
      try {
        const value = await ask(source);
        value !== undefined && told.push({ name, value });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ConnectorError)) {
          throw error;
        }
        untold.push({ name, why: error.message });
      }
    })
  );
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  return { told: told.sort(byName), untold: untold.sort(byName) };
}
