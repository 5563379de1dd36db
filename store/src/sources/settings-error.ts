import { ConnectorError } from '../../../src/model/connector-error';

export interface SettingFault {
  /** Below `settings`. */
  path: ReadonlyArray<string | number>;
  /** A whole sentence that begins with the path. */
  problem: string;
}

/** Settings of a source with faults, each at its place: the config names its line. */
export class SettingsError extends ConnectorError {
  constructor(
    connector: string,
    readonly faults: readonly SettingFault[]
  ) {
    super('bad-request', connector, faults.map(({ problem }) => problem).join(' '));
    this.name = 'SettingsError';
  }
}
