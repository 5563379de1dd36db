import { ConnectorError } from '../../model/connector-error';
import { decodeProfile } from '../../prometheus/custom-profile';
import { CUSTOM_PROFILE } from '../../prometheus/profile';
import type { Profile } from '../../prometheus/profile';
import { PROMETHEUS } from '../../prometheus/profile';
import { PROFILES } from '../../prometheus/profiles';
import { inTheirSpelling } from '../../prometheus/spelling';
import type { Http } from '../connector';
import { SharedAnswer } from '../shared-answer';
import { readLabelValues } from './wire';
import { askSources, askWorlds } from './ask-worlds';
import { readWorldLabels } from '../../prometheus/worlds';
import type { Worlds } from '../../prometheus/worlds';

const NAMES_PATH = '/api/v1/label/__name__/values';
/** An exporter that is added shows up after this; asking is cheap, but not free for 100,000 names. */
const LABELS_LAST_MS = 5 * 60_000;

/** The exporter that is read. */
export interface Chosen {
  profile: Profile;
  names: ReadonlySet<string>;
  /** What tells worlds apart in its series here. */
  worlds: Worlds;
  /** Other exporters that are there too. */
  others: readonly Profile[];
}

/** Chooses the profile, by hand or by what Prometheus knows: asked once, shared by all questions, renewed after a while. */
export class ProfileChoice {
  private readonly names: SharedAnswer<ReadonlySet<string>>;
  private readonly worlds = new Map<string, SharedAnswer<Worlds>>();
  private readonly sources = new Map<string, SharedAnswer<readonly string[] | undefined>>();
  private last: Partial<Pick<Chosen, 'profile' | 'names'>> = {};

  constructor(
    private readonly http: Http,
    private readonly wanted: { profile?: string; customProfile?: unknown; worldLabels?: string },
    private readonly now: () => number = Date.now
  ) {
    const ask = async (signal: AbortSignal) =>
      new Set(readLabelValues(`GET ${NAMES_PATH}`, await http(NAMES_PATH, { signal })));
    this.names = new SharedAnswer<ReadonlySet<string>>(ask, LABELS_LAST_MS, now);
  }

  /** What was chosen last, without asking; nothing before that. */
  get current(): Partial<Pick<Chosen, 'profile' | 'names'>> {
    return this.last;
  }

  /** @throws ConnectorError when none is found, the wanted one does not exist, or the user's own cannot be read. */
  async choose(signal: AbortSignal): Promise<Chosen> {
    const wanted = this.wantedProfile();
    const names = await this.names.get(signal);
    const spelt = PROFILES.map((one) => inTheirSpelling(one, names));
    const found = spelt.filter(({ detect }) => detect.some((name) => names.has(name)));
    const chosen = spelt.find(({ id }) => id === wanted?.id) ?? wanted ?? found[0];
    if (chosen === undefined) {
      throw nothingKnown(names.size);
    }
    const { worldLabels = '' } = this.wanted;
    const profile = worldLabels.trim() === '' ? chosen : { ...chosen, worlds: readWorldLabels(worldLabels) };
    this.last = { profile, names };
    const worlds = await this.shared(this.worlds, profile, askWorlds).get(signal);
    const { there = profile.worlds } = worlds;
    return {
      profile: { ...profile, ...(there === undefined ? {} : { worlds: there }) },
      names,
      worlds,
      others: found.filter(({ id }) => id !== profile.id),
    };
  }

  /** The sources of which the profile's exporter tells; `undefined` where that cannot be asked. */
  async sourcesOf(profile: Profile, signal: AbortSignal): Promise<readonly string[] | undefined> {
    return this.shared(this.sources, profile, askSources).get(signal);
  }

  private shared<T>(
    answers: Map<string, SharedAnswer<T>>,
    profile: Profile,
    ask: (http: Http, profile: Profile, life: AbortSignal) => Promise<T>
  ): SharedAnswer<T> {
    const known = answers.get(profile.id);
    const answer = known ?? new SharedAnswer((life) => ask(this.http, profile, life), LABELS_LAST_MS, this.now);
    answers.set(profile.id, answer);
    return answer;
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
}

function nothingKnown(count: number): ConnectorError {
  return new ConnectorError(
    'unsupported-version',
    PROMETHEUS,
    `Prometheus knows ${count} metric names, and none of the ${PROFILES.length} exporters that Runlane reads. ` +
      "Scrape one of those that the data source settings list as profiles, scrape the task store's /metrics, or write a profile of your own there."
  );
}
