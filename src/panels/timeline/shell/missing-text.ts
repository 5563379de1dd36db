import { t } from '@grafana/i18n';
import type { MissingFact } from '../../../frames/run-fields';
import { PLAIN } from '../words';

/** Which field is missing, in which frame, and what to do. */
export function missingText(
  missing: MissingFact,
  frame: string,
  has: readonly string[]
): { title: string; detail: string } {
  const title = ((): string => {
    switch (missing) {
      case 'start':
        return t('missing.start', 'No start time: a time field is missing');
      case 'end':
        return t('missing.end', 'No end time or duration: one of the two fields is missing');
      case 'state':
        return t('missing.state', 'No state: a field with words such as running, completed or failed is missing');
      case 'name':
        return t('missing.name', 'No name: a text field that says what ran is missing');
    }
  })();
  const fields = has.length > 0 ? has.join(', ') : t('missing.none', 'none');
  const detail = t('missing.detail', 'The frame {{frame}} has the fields {{fields}}. Rename one in the query, or name it in the panel options under Fields.', { frame, fields, ...PLAIN }); // prettier-ignore
  return { title, detail };
}
