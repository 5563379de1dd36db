import { dateMath, dateTime, rangeUtil } from '@grafana/data';
import type { TimeRange } from '@grafana/data';
import { SceneTimeRangeTransformerBase, sceneGraph } from '@grafana/scenes';
import type { SceneTimeRangeState } from '@grafana/scenes';

interface PanelTimeRangeState extends SceneTimeRangeState {
  timeFrom?: string;
  timeShift?: string;
}

/** The range of a panel that looks at another stretch than its dashboard ("last 1 h", "one day ago"). */
export class PanelTimeRange extends SceneTimeRangeTransformerBase<PanelTimeRangeState> {
  static Component = () => null;

  constructor(timeFrom: string | undefined, timeShift: string | undefined) {
    const value = {
      from: dateMath.toDateTime('now-1h', {})!,
      to: dateMath.toDateTime('now', {})!,
      raw: { from: 'now-1h', to: 'now' },
    };
    super({ timeFrom, timeShift, from: 'now-1h', to: 'now', value });
  }

  protected ancestorTimeRangeChanged({ value }: SceneTimeRangeState): void {
    const range = this.apply(value);
    this.setState({ value: range, from: asText(range.raw.from), to: asText(range.raw.to) });
  }

  private apply(dashboard: TimeRange): TimeRange {
    const from = sceneGraph.interpolate(this, this.state.timeFrom);
    const shift = sceneGraph.interpolate(this, this.state.timeShift);
    let range = dashboard;
    if (from !== '' && rangeUtil.isRelativeTimeRange({ from: `now-${from}`, to: 'now' })) {
      const raw = { from: `now-${from}`, to: 'now' };
      range = {
        from: dateMath.toDateTime(raw.from, {}) ?? dashboard.from,
        to: dateMath.toDateTime(raw.to, {}) ?? dashboard.to,
        raw,
      };
    }
    const shifted =
      shift === ''
        ? undefined
        : {
            from: dateMath.parseDateMath(`-${shift}`, dateTime(range.from), false),
            to: dateMath.parseDateMath(`-${shift}`, dateTime(range.to), true),
          };
    if (shifted?.from !== undefined && shifted.to !== undefined) {
      range = { from: shifted.from, to: shifted.to, raw: { from: shifted.from, to: shifted.to } };
    }
    return range;
  }
}

function asText(value: TimeRange['raw']['from']): string {
  return typeof value === 'string' ? value : value.toISOString();
}
