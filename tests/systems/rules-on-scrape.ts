import { healthRules } from '../../src/alerting/health-rules';
import { makeRules } from '../../src/alerting/rules';
import type { Profile } from '../../src/prometheus/profile';
import { query } from './ask-prometheus';

/** The recording and alert rules of a profile that a Prometheus with a real scrape cannot evaluate, with its words. */
export async function brokenRules(url: string, profile: Profile): Promise<string[]> {
  const recorded = healthRules(profile).flatMap(({ rules }) =>
    rules.map(({ record, expr }) => ({ name: record, expr }))
  );
  const rules = [...recorded, ...makeRules(profile)];
  const errors = await Promise.all(
    rules.map(({ name, expr }) =>
      query(url, expr).then(
        () => [],
        (error: Error) => [`${name}: ${error.message}`]
      )
    )
  );
  return errors.flat();
}
