/** One broken rule: what is wrong, where, and what to do. `rule` is a short name that tests and readers can look for. */
export interface Finding {
  rule: string;
  /** Relative to the folder that was looked at. */
  file: string;
  message: string;
}
