import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { filteredTimelineLink, narrowLink, runLinkOverride } from './board';
import type { Language } from './language';
import { healthPanel, HEALTH_CELL, HIDDEN_COLUMN, newest, number, stackedBars, table, width } from './panels';
import { ALL_IN_ONE, ASK_ALL, type Asks } from './query';

/** Panels on how things are that several boards begin with: they ask the same, so that they share the answer. */
export function failingNow(language: Language, ask: Asks = ASK_ALL): StatBuilder {
  const { say } = language;
  return number(
    {
      title: say('Failing now'),
      description: say(
        'Tasks whose health score is below 80 at this moment, or of whose few runs at least half failed, worst first, and how many there were over time.'
      ),
      noValue: say('not enough data'),
    },
    ask({ view: 'health', frame: 'failing', groupBy: 'task', limit: 200, live: true })
  )
    .reduceOptions(newest())
    .dataLinks([filteredTimelineLink(say('Show in the timeline'), language)]);
}

export function abnormalExits(language: Language, ask: Asks = ASK_ALL): StatBuilder {
  const { say } = language;
  return number(
    {
      title: say('Abnormal exits'),
      description: say(
        'Runs that ended in a way no program asks for: a non-zero exit code, a signal, out of memory, or lost.'
      ),
      noValue: say('not reported'),
    },
    ask({ view: 'states', frame: 'abnormal', groupBy: 'task', limit: 200, live: true })
  ).dataLinks([filteredTimelineLink(say('Show in the timeline'), language)]);
}

export function worstTask({ say }: Language, ask: Asks = ASK_ALL): PanelBuilder {
  return healthPanel(
    {
      title: say('Health of the worst task'),
      description: say(
        'The score is 100 minus the deductions listed here; what was checked and found fine is named too.'
      ),
    },
    ask({ view: 'health', groupBy: 'task', limit: 200, live: true })
  );
}

export function troubleFirst(language: Language, ask: Asks = ASK_ALL): TableBuilder {
  const { say } = language;
  const link = narrowLink(say('Show in the timeline'), 'runlane-timeline', 'task', 'task', language).build();
  return (
    table(
      {
        title: say('Tasks, worst first'),
        description: say(
          'Every task with its health, failures out of all runs, the most frequent reason, and since when it is below 90.'
        ),
        noValue: say('No runs in this range'),
      },
      ask({ view: 'health', frame: 'trouble', groupBy: 'task', limit: 50, live: true })
    )
      .overrideByName('task', [width(130), { id: 'links', value: [link] }])
      .overrideByName('score', [...HEALTH_CELL, width(88)])
      // Room for five digits on either side: of a number that is cut nobody sees that it is.
      .overrideByName('failedOf', [width(112)])
      // Beside docked navigation at 1280 pixels all columns still fit.
      .overrideByName('mostly', [{ id: 'custom.minWidth', value: 100 }])
      .overrideByName('since', [width(128), { id: 'unit', value: 'dateTimeFromNow' }])
  );
}

export function endedRuns({ say }: Language, ask: Asks = ASK_ALL): TimeSeriesBuilder {
  return stackedBars(
    {
      title: say('Ended runs'),
      description: say('Runs in the interval in which they ended, by how they ended.'),
      noValue: say('No runs ended in this range'),
    },
    ask({
      view: 'throughput',
      groupBy: ALL_IN_ONE,
      live: true,
      columns: ['time', 'failed', 'cancelled', 'completed'],
    })
  );
}

/** @param columns beside the cause, its count, when it was last and the newest of its runs */
export function whyRunsFailed(
  language: Language,
  ask: Asks = ASK_ALL,
  columns: ReadonlyArray<'tasks' | 'source'> = ['tasks', 'source']
): TableBuilder {
  const { say } = language;
  const [tasks, source] = (['tasks', 'source'] as const).map((name) => columns.includes(name));
  return (
    table(
      {
        title: say('Why runs failed'),
        description: say(
          'Failed runs with the same cause count as one line; numbers and ids are left out of the comparison. The run is the newest of its group.'
        ),
        noValue: say('No failed runs in this range'),
      },
      ask({
        view: 'failures',
        frame: 'failures',
        limit: 50,
        live: true,
        columns: ['title', 'count', ...(tasks ? ['tasks'] : []), 'lastAt', 'runId', 'source'],
      })
    )
      .overrideByName('title', [{ id: 'custom.minWidth', value: 120 }])
      .overrideByName('count', [width(65)])
      .overrideByName('tasks', [width(source ? 150 : 130)])
      .overrideByName('lastAt', [width(140), { id: 'unit', value: 'dateTimeFromNow' }])
      .overrideByName('runId', [width(source ? 150 : 80), ...runLinkOverride(language)])
      // The link of the run reads it in any case.
      .overrideByName('source', source ? [width(90)] : HIDDEN_COLUMN)
  );
}
