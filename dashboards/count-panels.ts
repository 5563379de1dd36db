import { ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type { Match } from '../src/model/task-query';
import { onwardLink } from './board';
import type { Language } from './language';
import { colors, number, quietNumber, type PanelText } from './panels';
import { ALL_IN_ONE, ASK_ALL, type Asks } from './query';

/** Numbers of runs that several boards begin with: they ask the same, so that they share the answer. */
export function waiting(language: Language, ask: Asks = ASK_ALL): StatBuilder {
  const { say } = language;
  return quietNumber(
    {
      title: say('Waiting'),
      description: say('Runs that are queued and not started, with the age of the oldest.'),
      noValue: say('not reported'),
    },
    ask({ view: 'states', frame: 'waiting', groupBy: 'source', live: true })
  ).dataLinks([toWorkers(language)]);
}

export function running(language: Language, ask: Asks = ASK_ALL): StatBuilder {
  const { say } = language;
  return number(
    {
      title: say('Running'),
      description: say('Runs that are being worked on, and how many worker slots there are where the source says so.'),
      noValue: say('not reported'),
    },
    ask({ view: 'states', frame: 'running', groupBy: 'source', live: true })
  ).dataLinks([toWorkers(language)]);
}

export function finished(language: Language, ask: Asks = ASK_ALL): StatBuilder {
  const { say } = language;
  return quietNumber(
    {
      title: say('Finished'),
      description: say('Runs that ended, per hour, and the share of them that completed.'),
      noValue: say('none in this range'),
    },
    ask({ view: 'states', frame: 'finished', groupBy: 'source', live: true })
  )
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['mean']).fields('').values(false))
    .dataLinks([onwardLink(say('Show in the timeline'), 'runlane-timeline', language)]);
}

/** How often something happened in the range, of runs that match more: no news, except where it is a failure. */
export function sumOf(
  text: PanelText & { noValue: string; name: string },
  { ask, what, more = [] }: { ask: Asks; what: 'started' | 'failed'; more?: readonly Match[] }
): StatBuilder {
  return number(text, ask({ view: 'throughput', frame: what, groupBy: ALL_IN_ONE, live: true }, more))
    .overrideByName('count', [{ id: 'displayName', value: text.name }])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(colors('text', ...(what === 'failed' ? ([[1, 'red']] as const) : [])));
}

function toWorkers(language: Language) {
  return onwardLink(language.say('Show workers and queues'), 'runlane-workers', language);
}
