import { useMemo } from 'react';
import type { RuleName } from '../../../alerting/rule';
import { kindsFor, sourcesQuestion, suggestRules, type History, type Suggestion } from '../../../alerting/suggest-rule';
import type { Profile } from '../../../prometheus/profile';
import { PROFILES } from '../../../prometheus/profiles/index';
import { RUNLANE_STORE } from '../../../prometheus/profiles/runlane-store';
import type { AlertSubject } from './alert-subject';
import { useLabelValues, type LabelValues } from './use-prometheus';

export interface Suggestions {
  profile: Profile;
  /** An exporter of ours has metrics in this Prometheus. */
  found: boolean;
  rules: Suggestion[];
  /** Kinds that this exporter tells too little for. */
  leftOut: RuleName[];
  names: LabelValues;
  /** The sources in which Prometheus knows the subject; `undefined` while it is not known. */
  sources: readonly string[] | undefined;
  /** The rule asks for the subject in its own source only. */
  inSource: boolean;
}

/** A longer name makes an address that proxies refuse. */
const LONGEST_ASKED = 1000;

/**
 * The rules for a subject by what a Prometheus has: the exporter is found by its metrics, unless one was chosen. Where
 * none is found, the user's own profile is likely meant, if there is one.
 */
export function useSuggestions(
  subject: AlertSubject,
  history: History | undefined,
  uid: string | undefined,
  chosen: Profile | undefined,
  own: Profile | undefined
): Suggestions {
  const { fact, name, source } = subject;
  const names = useLabelValues(uid, '__name__');
  const known = names.state === 'known' ? names.values : undefined;
  const auto = useMemo(
    () => known && PROFILES.find(({ detect }) => detect.some((metric) => known.has(metric))),
    [known]
  );
  const profile = chosen ?? auto ?? (known && own) ?? RUNLANE_STORE;
  const anywhere = useMemo(
    () => suggestRules({ profile, only: { [fact]: name }, history, datasourceUid: uid }),
    [profile, fact, name, history, uid]
  );
  const question = useMemo(
    () => (name.length > LONGEST_ASKED ? undefined : sourcesQuestion(anywhere, profile, { [fact]: name })),
    [anywhere, profile, fact, name]
  );
  const told = useLabelValues(known && uid, question?.label, question?.match);
  const sources = useMemo(() => (told.state === 'known' ? [...told.values].sort() : undefined), [told]);
  // Runs that did not come from Prometheus call their source otherwise than its scrape job. The store's own label is the same.
  const isOwnLabel = profile.labels.source !== undefined;
  const inSource =
    source !== undefined && (sources === undefined || sources.length === 0 ? isOwnLabel : sources.includes(source));
  const rules = useMemo(
    () =>
      inSource ? suggestRules({ profile, only: { source, [fact]: name }, history, datasourceUid: uid }) : anywhere,
    [inSource, profile, source, fact, name, history, uid, anywhere]
  );
  const leftOut = kindsFor({ [fact]: name }).filter((kind) => !rules.some((rule) => rule.name === kind));
  return { profile, found: auto !== undefined, rules, leftOut, names, sources, inSource };
}
