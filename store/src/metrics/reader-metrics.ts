import { familyText, sampleLine } from './prometheus-text';

/** A scrape waits so long for figures that are being computed, and takes those of before when that was not enough. */
const PATIENCE_MS = 1_000;
/** Older figures say nothing about now and are left out. */
const OLDEST_MS = 60_000;

/** What scores and schedules say in Prometheus' text format: the newest text there is, whatever the readers are busy with. */
export class ReaderMetrics {
  private told: { at: number; text: string } | undefined;
  private asked: Promise<void> | undefined;

  /**
   * @param ask computes the text, which may take long
   * @param steady never jumps; ms since some moment
   */
  constructor(
    private readonly ask: () => Promise<string>,
    private readonly steady: () => number = () => performance.now(),
    private readonly patienceMs = PATIENCE_MS
  ) {}

  async text(): Promise<string> {
    this.asked ??= this.renew();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      this.asked,
      new Promise<void>((over) => {
        timer = setTimeout(over, this.patienceMs);
      }),
    ]);
    clearTimeout(timer);
    const { told } = this;
    if (told === undefined) {
      return '';
    }
    const age = this.steady() - told.at;
    return (
      familyText(
        'runlane_store_health_age_seconds',
        'gauge',
        'Age of the scores and schedules told here; they are left out when they are too old.',
        sampleLine('runlane_store_health_age_seconds', {}, age / 1000)
      ) + (age <= OLDEST_MS ? told.text : '')
    );
  }

  private async renew(): Promise<void> {
    try {
      const text = await this.ask();
      this.told = { at: this.steady(), text };
    } catch {
      // The age of what was told before says it.
    } finally {
      this.asked = undefined;
    }
  }
}
