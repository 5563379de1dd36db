import type { DynamicConfigValue, PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { Match } from '../src/model/task-query';
import type { TimelineOptions } from '../src/panels/timeline/options';
import { runLinkOverride } from './board';
import type { Language } from './language';
import { HIDDEN_COLUMN, stateCell, table, timelinePanel, width, type PanelText } from './panels';
import { ASK_ALL, LANE_VARIABLE, type Ask, type Asks } from './query';

/** Every run on one time axis, in lanes that the reader chooses. */
export function lanesOfRuns(
  language: Language,
  ask: Asks = ASK_ALL,
  more: Partial<TimelineOptions> = {}
): PanelBuilder {
  const { say } = language;
  return timelinePanel(
    {
      title: say('Task timeline'),
      description: say(
        'Every run as a bar: the thin line is its wait, dotted lines lead to retries. Click a bar for its facts.'
      ),
    },
    ask({ view: 'timeline', groupBy: `$${LANE_VARIABLE}`, live: true }),
    more
  ).overrideByName('runId', runLinkOverride(language));
}

/** A column of a table of runs, `label:team` for a label. The title is for labels; other fields bring their own. */
export interface Column {
  name: string;
  title?: string;
  width?: number;
}

const AGO: DynamicConfigValue = { id: 'unit', value: 'dateTimeFromNow' };

/** Runs one by one, as they are now: what is not reported of any of them has no column. */
export function runsTable(
  text: PanelText,
  { language, ask, more = [], columns, ...question }: RunsQuestion
): TableBuilder {
  const names = columns.map(({ name }) => name);
  // The link of a run says of which source it is.
  const hidden = names.includes('runId') && !names.includes('source') ? ['source'] : [];
  const asked = ask({ view: 'runs', limit: 100, live: true, ...question, columns: [...names, ...hidden] }, more);
  const panel = columns.reduce(
    (made, column) => made.overrideByName(column.name, propertiesOf(column, language)),
    table(text, asked)
  );
  return hidden.reduce((made, name) => made.overrideByName(name, HIDDEN_COLUMN), panel);
}

type RunsQuestion = Pick<Ask, 'sort' | 'limit'> & {
  language: Language;
  ask: Asks;
  more?: readonly Match[];
  columns: readonly Column[];
};

function propertiesOf({ name, title, width: pixels }: Column, language: Language): DynamicConfigValue[] {
  return [
    ...(pixels === undefined ? [] : [width(pixels)]),
    ...(title === undefined ? [] : [{ id: 'displayName', value: title }]),
    ...(name === 'state' ? stateCell(language) : []),
    ...(name === 'started' || name === 'finished' || name === 'queued' ? [AGO] : []),
    ...(name === 'runId' ? runLinkOverride(language) : []),
  ];
}
