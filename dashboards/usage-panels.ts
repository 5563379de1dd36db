import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { onwardLink } from './board';
import type { Language } from './language';
import { newest, quietNumber } from './panels';
import { ALL_IN_ONE, ASK_ALL, type Asks } from './query';

/** A trend that is no news either way. */
const QUIET = new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('blue');

/** CPU and memory of what runs now. */
export function cpuInUse(language: Language, ask: Asks = ASK_ALL): StatBuilder {
  const { say } = language;
  return quietNumber(
    {
      title: say('CPU in use'),
      description: say('Cores in use by the runs that run now; a dash where none does.'),
      noValue: say('No samples of CPU and memory in this range'),
    },
    ask({ view: 'resources', frame: 'cpu now', groupBy: ALL_IN_ONE, live: true })
  )
    .reduceOptions(newest())
    .displayName(say('cores'))
    .colorScheme(QUIET)
    .dataLinks([onwardLink(say('Show in the timeline'), 'runlane-timeline', language)]);
}

export function memoryInUse(language: Language, ask: Asks = ASK_ALL): StatBuilder {
  const { say } = language;
  return quietNumber(
    {
      title: say('Memory in use'),
      description: say('Resident memory of the runs that run now; a dash where none does.'),
      noValue: say('No samples of CPU and memory in this range'),
    },
    ask({ view: 'resources', frame: 'memory now', groupBy: ALL_IN_ONE, live: true })
  )
    .reduceOptions(newest())
    .displayName(say('resident'))
    .colorScheme(QUIET)
    .dataLinks([onwardLink(say('Show in the timeline'), 'runlane-timeline', language)]);
}
