import React, { useEffect, useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { Icon, useStyles2 } from '@grafana/ui';
import type { Staleness } from '../../frames/staleness';
import { silenceText } from './words';

/** For how long the source has not answered, counted on by the second, and why where it said so. */
export function StaleText({ stale, timeZone }: { stale: Staleness; timeZone: TimeZone }) {
  const styles = useStyles2(getStyles);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className={styles.stale} title={stale.why} data-testid="stale">
      <Icon name="exclamation-triangle" size="sm" /> {silenceText(stale.asOf, now, timeZone)}
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  stale: css({ color: theme.colors.warning.text, marginRight: 10, fontVariantNumeric: 'tabular-nums' }),
});
