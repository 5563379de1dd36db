import { historyForDetail } from './run-row';
import type { SampleReader } from './sample-reader';
import type { RunTexts } from './text-blocks';

/** Everything about one run: its transitions and samples too. */
export class RunDetail {
  constructor(private readonly samples: SampleReader) {}

  /** A `RunDetail` of the model, as JSON. */
  text(id: number, { run, history }: RunTexts): string {
    const { transitions, conflicts } = historyForDetail(history);
    return `{"run":${run},"transitions":${JSON.stringify(transitions)},"conflicts":${conflicts},"samples":${JSON.stringify(this.samples.of(id))}}`;
  }
}
