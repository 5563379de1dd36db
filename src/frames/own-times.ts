import { FieldType } from '@grafana/data';
import type { DataLink, Field, FieldConfig } from '@grafana/data';
import { endedAt } from '../model/lifetime';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { DurationMs, EpochMs } from '../model/units';
import { RUN_FIELD } from './field-names';
import type { FrameContext } from './frame-context';

/** What a link to a run leaves free on both sides of it: a tenth of its length, and no less than this. */
const LEAST_MARGIN: DurationMs = 30_000;

/** What links read and nobody sees. Grafana has moved this setting; each version passes over the other's. */
const UNSEEN: FieldConfig = {
  custom: { hidden: true, hideFrom: { viz: true, legend: true, tooltip: true } },
};

interface Span {
  began: EpochMs;
  ended: EpochMs | undefined;
}

/** The time of a run for a link to it: milliseconds as text, and `now` where it has not ended. */
function ownTimes({ began, ended }: Span): { from: string; to: string } {
  const margin = Math.max(LEAST_MARGIN, ((ended ?? began) - began) / 10);
  return {
    from: String(Math.floor(began - margin)),
    to: ended === undefined ? 'now' : String(Math.ceil(ended + margin)),
  };
}

/** The times of runs beside them, for the links of their ids; none where there are no links. */
export function ownTimeFields(runs: readonly TaskRun[], context: Pick<FrameContext, 'links'>): Field[] {
  return spanFields(
    runs.map((run) => ({ began: beganAt(run), ended: endedAt(run) })),
    context
  );
}

/** The same where the runs themselves are not at hand. */
export function spanFields(spans: readonly Span[], { links }: Pick<FrameContext, 'links'>): Field[] {
  if (links?.[RUN_FIELD.runId] === undefined) {
    return [];
  }
  const times = spans.map(ownTimes);
  const text = (name: string, values: string[]): Field => ({ name, type: FieldType.string, values, config: UNSEEN });
  return [
    text(
      RUN_FIELD.ownFrom,
      times.map(({ from }) => from)
    ),
    text(
      RUN_FIELD.ownTo,
      times.map(({ to }) => to)
    ),
  ];
}

const OWN_PLACE: Readonly<Record<string, string>> = {
  [`\${__data.fields.${RUN_FIELD.ownFrom}}`]: '${__from}',
  [`\${__data.fields.${RUN_FIELD.ownTo}}`]: '${__to}',
};

/** Links of a frame that does not tell the times of its runs: in their place they have the range. */
export function withoutOwnTimes(links: readonly DataLink[]): DataLink[] {
  return links.map((link) => ({
    ...link,
    url: Object.entries(OWN_PLACE).reduce((url, [own, range]) => url.replaceAll(own, range), link.url),
  }));
}
