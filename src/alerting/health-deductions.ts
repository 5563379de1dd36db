import { GOOD_FROM } from '../health/score';
import type { HealthChecks, HealthSpec, Minimums } from '../health/spec';
import type { DeductionReason } from '../model/answer';
import { HEALTH_DEDUCTION, HEALTH_SCORE, INPUT, seriesOf } from './health-series';
import type { Input } from './health-series';
import { Settings } from './health-settings';
import type { RecordingRule } from './recording-rule';

/** Deductions and score of one profile, from its recorded inputs. */
export class ScoreRules {
  private readonly rules: RecordingRule[] = [];

  constructor(
    private readonly profile: string,
    private readonly known: ReadonlySet<Input>,
    private readonly spec: HealthSpec
  ) {}

  make(): RecordingRule[] {
    this.shareOfEnded('lost_runs', 'lostRuns', 'lost');
    this.shareOfEnded('abnormal_exits', 'abnormalExits', 'abnormal');
    this.shareOfEnded('failures', 'failures', 'failures');
    if (this.has('retried', 'started')) {
      this.line(
        'retries',
        'retries',
        `(${this.series('retried')} / ${this.atLeast('started', 'endedRuns')})`,
        'started'
      );
    }
    this.share('missed_runs', 'missedRuns', 'missed', 'expected', '> 0.5');
    this.share('silent_workers', 'silentWorkers', 'silentWorkers', 'workers', '> 0');
    if (this.has('oldestPending')) {
      this.ageLine('oldest_pending', 'oldestPending', this.series('oldestPending'), 'oldestPending');
    }
    if (this.has('wait', 'waits')) {
      const found = this.settings('waits').quantile('wait', 'wait');
      this.ageLine('wait', 'wait', `(${found} and ${this.atLeast('waits', 'waits')})`, 'waits');
    }
    if (this.has('duration', 'durations', 'usual', 'usuals')) {
      this.tooSlow();
      this.tooFast();
    }
    if (this.has('pressure')) {
      this.line('resource_pressure', 'resourcePressure', this.series('pressure'), 'pressure');
    }
    this.rules.push({ record: HEALTH_DEDUCTION, expr: `max without (profile) (${this.series('taken')})` });
    this.rules.push({ record: HEALTH_SCORE, expr: this.score() });
    return this.rules;
  }

  /**
   * 100 minus what is taken off, where there is enough data or something that needs none speaks; none that is good where
   * runs failed that are too few to be judged.
   */
  private score(): string {
    const taken = `sum without (reason) (${this.series('taken')} > 0)`;
    const enough = `${this.atLeast('ended', 'endedRuns')} * 0`;
    const speaks = [taken, enough, ...(this.has('expected') ? [`(${this.series('expected')} > 0.5) * 0`] : [])];
    const unjudged = `((${this.series('failed')} > 0.5) unless ${enough})`;
    const told = `(${taken} > ${100 - GOOD_FROM}) or ((${speaks.join(' or ')}) unless ${unjudged})`;
    return `max without (profile) (clamp_min(100 - (${told}), 0))`;
  }

  private shareOfEnded(reason: DeductionReason, check: 'failures' | 'abnormalExits' | 'lostRuns', input: Input): void {
    if (this.has(input)) {
      this.line(reason, check, `(${this.series(input)} / ${this.atLeast('ended', 'endedRuns')})`, 'ended');
    }
  }

  private share(
    reason: DeductionReason,
    check: 'missedRuns' | 'silentWorkers',
    part: Input,
    all: Input,
    some: string
  ): void {
    if (this.has(part, all)) {
      this.line(reason, check, `(${this.series(part)} / (${this.series(all)} ${some}))`, all);
    }
  }

  private tooSlow(): void {
    const { found, usual, allowed, full, slack } = this.againstBaseline('tooSlow');
    const share = `(${found} - (${allowed} * ${usual} + ${slack})) / clamp_min((${full} - ${allowed}) * ${usual}, 0.001)`;
    this.deduct('too_slow', 'tooSlow', share, 'durations');
  }

  private tooFast(): void {
    const { found, usual, allowed, full, slack } = this.againstBaseline('tooFast');
    const share = `((${allowed} * ${usual} - ${slack} > 0) - ${found}) / ((${allowed} - ${full}) * ${usual})`;
    this.deduct('too_fast', 'tooFast', share, 'durations');
  }

  private againstBaseline(check: 'tooSlow' | 'tooFast') {
    const set = this.settings('durations');
    return {
      found: `(${set.quantile('duration', check)} and ${this.atLeast('durations', 'durations')})`,
      usual: `(${set.quantile('usual', check)} and ${this.atLeast('usuals', 'baseline')})`,
      allowed: set.check(check, 'allowed'),
      full: set.check(check, 'full'),
      slack: set.check(check, 'slackMs', 0.001),
    };
  }

  private line(
    reason: DeductionReason,
    check: 'failures' | 'abnormalExits' | 'lostRuns' | 'retries' | 'missedRuns' | 'silentWorkers' | 'resourcePressure',
    found: string,
    base: Input
  ): void {
    const set = this.settings(base);
    const [allowed, full] = [set.check(check, 'allowed'), set.check(check, 'full')];
    this.deduct(reason, check, `(${found} - ${allowed}) / (${full} - ${allowed})`, base);
  }

  private ageLine(reason: DeductionReason, check: 'oldestPending' | 'wait', found: string, base: Input): void {
    const set = this.settings(base);
    const [allowed, full] = [set.check(check, 'allowedMs', 0.001), set.check(check, 'fullMs', 0.001)];
    this.deduct(reason, check, `(${found} - ${allowed}) / (${full} - ${allowed})`, base);
  }

  private deduct(reason: DeductionReason, check: keyof HealthChecks, share: string, base: Input): void {
    const weight = this.settings(base).check(check, 'weight');
    this.rules.push({
      record: INPUT.taken,
      expr: `${weight} * clamp(${share}, 0, 1)`,
      labels: { profile: this.profile, reason },
    });
  }

  /** Half a run less: `increase` extrapolates, and four runs may come out as 3.9. */
  private atLeast(input: Input, minimum: keyof Minimums): string {
    return `(${this.series(input)} >= ${this.settings(input).minimum(minimum)} - 0.5)`;
  }

  private has(...inputs: Input[]): boolean {
    return inputs.every((input) => this.known.has(input));
  }

  private series(input: Input): string {
    return seriesOf(this.profile, input);
  }

  private settings(base: Input): Settings {
    return new Settings(this.spec, this.profile, base);
  }
}
