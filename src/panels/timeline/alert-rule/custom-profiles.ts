import { getDataSourceSrv } from '@grafana/runtime';
import { decodeProfile } from '../../../prometheus/custom-profile';
import type { Profile } from '../../../prometheus/profile';

/** Type of Runlane's own data source. */
const RUNLANE = 'runlane-datasource';

/** A profile that a user wrote into the settings of a Runlane data source. */
export interface CustomProfile {
  /** Unlike that of any known profile. */
  id: string;
  profile: Profile;
  /** The Prometheus data source that it is read through, where one is set. */
  prometheusUid?: string;
}

/** The custom profiles in use here. One that cannot be read is left out: the data source itself says what is wrong. */
export function customProfiles(): CustomProfile[] {
  return getDataSourceSrv()
    .getList({ filter: ({ type }) => type === RUNLANE })
    .filter(({ type }) => type === RUNLANE)
    .flatMap(({ uid, name, jsonData }): CustomProfile[] => {
      const { system, prometheusProfile, prometheusUid, customProfile } = jsonData as Partial<Record<string, unknown>>;
      const isUsed = system === 'prometheus' && [undefined, '', 'custom'].includes(prometheusProfile as string);
      if (!isUsed || typeof customProfile !== 'string' || customProfile.trim() === '') {
        return [];
      }
      const profile = readProfile(customProfile);
      return profile === undefined
        ? []
        : [
            {
              id: `custom ${uid}`,
              profile: { ...profile, name: `${profile.name} (${name})` },
              ...(typeof prometheusUid === 'string' && prometheusUid !== '' ? { prometheusUid } : {}),
            },
          ];
    });
}

function readProfile(text: string): Profile | undefined {
  try {
    return decodeProfile(text);
  } catch {
    return undefined;
  }
}
