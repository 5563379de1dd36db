import { ConnectorError } from '../connector-error';
import type { Http } from '../connector';
import { decodeProfile } from './custom-profile';
import { CUSTOM_PROFILE } from './profile';
import type { Profile } from './profile';
import { PROFILES } from './profiles';
import { PROMETHEUS } from './refuse';
import { readLabelValues } from './wire';

const NAMES_PATH = '/api/v1/label/__name__/values';
/** An exporter that is added shows up after this; asking is cheap, but not free for 100,000 names. */
const NAMES_LAST_MS = 5 * 60_000;

/** The exporter that is read. */
export interface Chosen {
  profile: Profile;
  names: ReadonlySet<string>;
  /** Other exporters that are there too. */
  others: readonly Profile[];
}

/** Chooses the profile, by hand or by what Prometheus knows: asked once, shared by all questions, renewed after a while. */
export class ProfileChoice {
  private known: { names: ReadonlySet<string>; until: number } | undefined;
  private asking: { promise: Promise<ReadonlySet<string>>; waiting: number; life: AbortController } | undefined;
  private last: Profile | undefined;

  constructor(
    private readonly http: Http,
    private readonly wanted: { profile?: string; customProfile?: unknown },
    private readonly now: () => number = Date.now
  ) {}

  /** The profile as it was last chosen, without asking. */
  get current(): Profile | undefined {
    return this.last;
  }

  /** @throws ConnectorError when none is found, the wanted one does not exist, or the user's own cannot be read. */
  async choose(signal: AbortSignal): Promise<Chosen> {
    const wanted = this.wantedProfile();
    const names = await this.names(signal);
    const found = PROFILES.filter(({ detect }) => detect.some((name) => names.has(name)));
    const profile = wanted ?? found[0];
    if (profile === undefined) {
      throw nothingKnown(names.size);
    }
    this.last = profile;
    return { profile, names, others: found.filter((one) => one !== profile) };
  }

  /** The one chosen by hand; `undefined` when it is to be found. */
  private wantedProfile(): Profile | undefined {
    const { profile: id = '', customProfile } = this.wanted;
    if (id === CUSTOM_PROFILE || (id === '' && customProfile !== undefined)) {
      return decodeProfile(customProfile);
    }
    const known = PROFILES.find((one) => one.id === id);
    if (known === undefined && id !== '' && id !== 'auto') {
      throw new ConnectorError(
        'bad-request',
        PROMETHEUS,
        `There is no profile "${id}". Choose auto or one of ${PROFILES.map((one) => one.id).join(', ')} in the data source settings.`
      );
    }
    return known;
  }

  /** One request for all that ask at once; it is cancelled when nobody waits any more. */
  private async names(signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (signal.aborted) {
      throw signal.reason;
    }
    if (this.known !== undefined && this.known.until > this.now()) {
      return this.known.names;
    }
    const asking = (this.asking ??= this.askNames());
    asking.waiting++;
    let leave: () => void = () => undefined;
    try {
      const left = new Promise<never>((_, reject) => {
        leave = () => reject(signal.reason);
        signal.addEventListener('abort', leave, { once: true });
      });
      return await Promise.race([asking.promise, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      asking.waiting--;
      if (asking.waiting === 0) {
        this.asking = this.asking === asking ? undefined : this.asking;
        asking.life.abort(signal.reason);
      }
    }
  }

  private askNames(): NonNullable<ProfileChoice['asking']> {
    const life = new AbortController();
    const promise = this.http(NAMES_PATH, { signal: life.signal })
      .then((response) => {
        const names = new Set(readLabelValues(`GET ${NAMES_PATH}`, response));
        this.known = { names, until: this.now() + NAMES_LAST_MS };
        return names;
      })
      .finally(() => {
        if (this.asking?.life === life) {
          this.asking = undefined;
        }
      });
    // Whoever waits hears of a failure; when nobody does any more, it is nobody's.
    promise.catch(() => undefined);
    return { promise, waiting: 0, life };
  }
}

function nothingKnown(count: number): ConnectorError {
  return new ConnectorError(
    'unsupported-version',
    PROMETHEUS,
    `Prometheus knows ${count} metric names, and none of the ${PROFILES.length} exporters that Runlane reads. ` +
      "Scrape one of those that the data source settings list as profiles, scrape the task store's /metrics, or write a profile of your own there."
  );
}
