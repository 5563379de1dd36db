import { Resolver } from 'node:dns/promises';
import type { DurationMs } from '../../../src/model/units';
import { asLook, isAddress, ListError } from './target';
import type { Finder } from './target';

const ANSWER_WITHIN_MS: DurationMs = 3_000;
const TRIES = 2;
/** What a name server says of a name without such records: an answer, no fault. */
const NONE = ['ENOTFOUND', 'ENODATA'];

interface DnsNames {
  /** `_flower._tcp.example.com`. */
  names: readonly string[];
  /** `10.0.0.2:53`; absent: the name servers of this machine. */
  server?: string;
}

/** The SRV records of names: each is a host with its port. */
export function createDnsFinder({ names, server }: DnsNames): Finder {
  return {
    look: async (signal) => {
      const resolver = new Resolver({ timeout: ANSWER_WITHIN_MS, tries: TRIES });
      if (server !== undefined) {
        resolver.setServers([server]);
      }
      const cancel = () => resolver.cancel();
      signal.addEventListener('abort', cancel);
      try {
        const answers = await Promise.all(names.map((name) => resolve(resolver, name, server)));
        const notices = answers.flatMap(({ notice }) => notice ?? []);
        return asLook(
          answers.flatMap(({ targets }) => targets),
          notices
        );
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
  };
}

async function resolve(resolver: Resolver, name: string, server = 'of this machine') {
  try {
    const records = await resolver.resolveSrv(name);
    const targets = records
      .map((record) => ({ address: `${record.name.replace(/\.$/, '')}:${record.port}`, labels: { name } }))
      // A record with the target "." says that there is no such service (RFC 2782).
      .filter(({ address }) => isAddress(address));
    return { targets };
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (NONE.includes(code)) {
      return { targets: [], notice: `${name} has no SRV records (${code}). If it should, see how it is written.` };
    }
    throw new ListError(
      `The SRV records of ${name} could not be asked for: the name server ${server} answered ${code}. See whether it runs and can be reached from here.`
    );
  }
}
