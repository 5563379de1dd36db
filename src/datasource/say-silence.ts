import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import type { Staleness } from '../frames/staleness';

/** For panels that know notices only. It stays right as time goes by. */
export function saySilence({ asOf, why }: Staleness, timeZone: string): string {
  const time = dateTimeFormat(asOf, { timeZone, format: 'HH:mm:ss' });
  const fact = t('datasource.notice.silent', 'No answer since {{time}}: what is shown is as of then.', { time });
  return why === undefined ? fact : `${fact} ${why}`;
}
