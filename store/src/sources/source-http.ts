import type { Http } from '../../../src/connectors/connector';
import type { SourceSystem } from '../../../src/connectors/system';
import type { CollectedSystem, SourceAccess, SourcePorts } from './collected-system';
import { createNodeHttp } from './node-http';

/** A system whose connector speaks HTTP, as the collector reads it: with the same connector as the data source. */
export function readByHttp(system: SourceSystem): CollectedSystem {
  const { id, name, exampleAddress } = system;
  return {
    id,
    name,
    exampleAddress,
    protocols: ['http:', 'https:'],
    open: (access, ports) => ({
      connector: system.create({ http: ports.http ?? httpOf(system, access, ports) }, access.settings),
    }),
  };
}

/** The way to a source of the config. Where its system wants a login, user and password go there and nowhere else. */
function httpOf({ id, signIn }: SourceSystem, access: SourceAccess, { onPatience }: SourcePorts): Http {
  const { endpoint, headers, timeoutMs } = access;
  if (endpoint === undefined) {
    throw new Error(`[${id}] has no address. The config was not read by readSources.`);
  }
  const { basic, ...open } = endpoint;
  const options = { headers, system: id, timeoutMs, onPatience };
  return signIn === undefined || basic === undefined
    ? createNodeHttp({ ...options, endpoint })
    : signIn(createNodeHttp({ ...options, endpoint: open }), basic);
}
