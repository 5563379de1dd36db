/** What the panel shows of several groups. */
export type Show = 'auto' | 'worst' | 'all';

export interface HealthOptions {
  /** Name of the group to show; may hold variables. Empty: by `show`. */
  group: string;
  show: Show;
  showHistory: boolean;
}

export const DEFAULT_OPTIONS: HealthOptions = { group: '', show: 'auto', showHistory: true };
