import type { Http } from '../../../src/connectors/connector';
import type { DurationMs } from '../../../src/model/units';
import { createNodeHttp } from './node-http';
import { systemOf } from './source-config';
import type { SourceConfig } from './source-config';

/** The way to a source of the config. Where its system wants a login, user and password go there and nowhere else. */
export function httpOf(config: SourceConfig, onPatience: (ms: DurationMs) => void): Http {
  const { endpoint, headers, system, timeoutMs } = config;
  const { signIn } = systemOf(config);
  const { basic, ...open } = endpoint;
  return signIn === undefined || basic === undefined
    ? createNodeHttp({ endpoint, headers, system, timeoutMs, onPatience })
    : signIn(createNodeHttp({ endpoint: open, headers, system, timeoutMs, onPatience }), basic);
}
