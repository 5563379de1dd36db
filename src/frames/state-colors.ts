import { MappingType } from '@grafana/data';
import type { ValueMapping } from '@grafana/data';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import type { LifecycleState } from '../model/lifecycle';

/**
 * `lost` is a substate, and the one that must be told from any other failure at a glance; `retried` is an attempt that
 * another one of the same run followed, so that it is no failed run.
 */
export type ColoredState = LifecycleState | 'lost' | 'retried';

export type Shade = 'dark' | 'light';

/**
 * The default colours: completed is muted because it is nearly everything, failure alone is saturated. Bars reach 3:1
 * against the panel in both themes. Users recolour through value mappings and the standard colour option.
 */
export const STATE_COLORS: Readonly<Record<Shade, Readonly<Record<ColoredState, string>>>> = {
  dark: {
    pending: '#7b8087',
    running: '#5794f2',
    completed: '#40705b',
    failed: '#f2495c',
    cancelled: '#656a75',
    unknown: '#b877d9',
    lost: '#ff9830',
    retried: '#a8626a',
  },
  light: {
    pending: '#8a8f9c',
    running: '#3871dc',
    completed: '#6a9e85',
    failed: '#d10e3c',
    cancelled: '#9093a0',
    unknown: '#8f3bb8',
    lost: '#b5520c',
    retried: '#b06070',
  },
};

/** Value mappings for a field that holds states as words; `words` are what the user reads instead. */
export function stateMappings(shade: Shade, words: Readonly<Record<ColoredState, string>>): ValueMapping[] {
  const states: ColoredState[] = [...LIFECYCLE_STATES, 'lost', 'retried'];
  return [
    {
      type: MappingType.ValueToText,
      options: Object.fromEntries(
        states.map((state, index) => [state, { text: words[state], color: STATE_COLORS[shade][state], index }])
      ),
    },
  ];
}
