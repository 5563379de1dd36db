import React, { useMemo, useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { DataSourcePicker } from '@grafana/runtime';
import { Combobox, Field, Modal, RadioButtonGroup, RadioButtonList, useStyles2 } from '@grafana/ui';
import type { RuleName } from '../../../alerting/rule';
import type { Reading } from '../../../frames/run-columns';
import type { EpochMs } from '../../../model/units';
import { CUSTOM_PROFILE } from '../../../prometheus/profile';
import { PROFILES } from '../../../prometheus/profiles/index';
import { AlertFindings, ownProfileText } from './alert-findings';
import type { AlertSubject } from './alert-subject';
import { customProfiles } from './custom-profiles';
import { RuleFiles } from './rule-files';
import { factName, historyText, originText, ruleSentence, ruleTitle, subjectText } from './rule-words';
import { historyOf } from './run-history';
import { isPrometheus, preferredPrometheus } from './use-prometheus';
import { useSuggestions } from './use-suggestions';

interface Props {
  /** At least one; of a run: its task, queue and worker. */
  subjects: readonly AlertSubject[];
  /** The data as it was when the dialog was opened: figures must not change under the user's hands. */
  reading: Reading;
  from: EpochMs;
  /** Not later than now. */
  to: EpochMs;
  onClose: () => void;
}

/** A rule for exactly one task, queue or worker, ready to be copied or opened in Grafana's rule editor. */
export function AlertDialog({ subjects, reading, from, to, onClose }: Props) {
  const styles = useStyles2(getStyles);
  const [at, setAt] = useState(0);
  const subject = subjects[at] ?? subjects[0]!;
  const history = useMemo(() => historyOf(reading, subject, from, to), [reading, subject, from, to]);
  const [uid, setUid] = useState(preferredPrometheus);
  const [profileId, setProfileId] = useState<string | undefined>(undefined);
  const own = useMemo(() => customProfiles(), []);
  const choices = useMemo(() => [...own, ...PROFILES.map((known) => ({ id: known.id, profile: known }))], [own]);
  const chosenProfile = choices.find(({ id }) => id === profileId)?.profile;
  const ofSource = own.find(({ prometheusUid }) => prometheusUid === undefined || prometheusUid === uid)?.profile;
  const suggestions = useSuggestions(subject, history, uid, chosenProfile, ofSource);
  const { rules, profile } = suggestions;
  const [chosen, setChosen] = useState<RuleName | undefined>(undefined);
  const rule = rules.find(({ name }) => name === chosen) ?? rules[0];
  const title = subjectText(subject);
  return (
    <Modal isOpen title={t('alert.title', 'Create alert rule')} onDismiss={onClose} className={styles.modal}>
      <p className={styles.subject} title={title.slice(0, 400)}>
        {title}
      </p>
      {subjects.length > 1 && (
        <RadioButtonGroup
          className={styles.facts}
          aria-label={t('alert.for', 'Rule for')}
          options={subjects.map(({ fact }, value) => ({ value, label: factName(fact) }))}
          value={at}
          onChange={setAt}
        />
      )}
      <div className={styles.fields} onKeyDown={keepEscapeOfMenus}>
        <Field label={t('alert.prometheus', 'Prometheus data source')} noMargin>
          <DataSourcePicker
            inputId="runlane-alert-prometheus"
            noDefault
            current={uid === undefined ? null : { uid }}
            placeholder={t('alert.choose-prometheus', 'Choose')}
            filter={isPrometheus}
            onChange={(settings) => {
              setUid(settings.uid);
              setProfileId(undefined);
            }}
          />
        </Field>
        <Field label={t('alert.profile', 'Metrics of')} noMargin>
          <Combobox
            id="runlane-alert-profile"
            options={choices.map((one) => ({ value: one.id, label: one.profile.name }))}
            value={choices.find((one) => one.profile === profile)?.id ?? null}
            onChange={({ value }) => {
              setProfileId(value);
              setUid(own.find(({ id }) => id === value)?.prometheusUid ?? uid);
            }}
          />
        </Field>
      </div>
      <p className={styles.history}>{historyText(history, reading.truncated)}</p>
      {rule === undefined ? (
        <>
          <p>
            {t(
              'alert.no-rule',
              'The metrics of {{exporter}} tell nothing of this by its name: no rule can be made from them. Choose other metrics.',
              { exporter: profile.name }
            )}
          </p>
          {profile.id === CUSTOM_PROFILE && <p>{ownProfileText(suggestions, subject)}</p>}
        </>
      ) : (
        <div className={styles.columns}>
          <fieldset className={styles.rules}>
            <legend className={styles.legend}>{t('alert.rules', 'Choose a rule')}</legend>
            <RadioButtonList
              name="runlane-alert-rule"
              options={rules.map((one) => ({
                value: one.name,
                label: ruleTitle(one.name),
                description: `${ruleSentence(one, history)} ${originText(one, history)}.`,
              }))}
              value={rule.name}
              onChange={setChosen}
            />
          </fieldset>
          <div className={styles.right}>
            <AlertFindings subject={subject} suggestions={suggestions} rule={rule} hasPrometheus={uid !== undefined} />
            <RuleFiles rule={rule} canOpen={uid !== undefined} />
          </div>
        </div>
      )}
    </Modal>
  );
}

/** Escape in an open list of choices closes the list, not the dialog with it. */
function keepEscapeOfMenus(event: React.KeyboardEvent): void {
  if (
    event.key === 'Escape' &&
    event.target instanceof Element &&
    event.target.getAttribute('aria-expanded') === 'true'
  ) {
    event.stopPropagation();
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  modal: css({
    width: 'min(1040px, calc(100vw - 16px))',
    // In lower windows Grafana's own dialog takes the whole height.
    '@media (min-height: 751px)': { top: '5%', maxHeight: '90%' },
  }),
  subject: css({
    margin: 0,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontWeight: theme.typography.fontWeightMedium,
  }),
  facts: css({ marginTop: theme.spacing(1) }),
  fields: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(260px, 100%), 1fr))',
    gap: theme.spacing(2),
    margin: theme.spacing(2, 0),
  }),
  history: css({ color: theme.colors.text.secondary, marginBottom: theme.spacing(2) }),
  columns: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 3fr)',
    gap: theme.spacing(3),
    [theme.breakpoints.down('md')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
  }),
  rules: css({ minWidth: 0 }),
  legend: css({
    marginBottom: theme.spacing(1),
    fontSize: theme.typography.body.fontSize,
    fontWeight: theme.typography.fontWeightMedium,
  }),
  right: css({ minWidth: 0 }),
});
