import React, { useEffect, useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { useStyles2 } from '@grafana/ui';
import type { Staleness } from '../../frames/staleness';
import type { CssPixels } from '../../model/units';
import { silenceText } from './words';

export const STALE_HEIGHT: CssPixels = 20;

/** For how long the source has not answered, counted on by the second, and why where it said so. */
export function StaleLine({ stale, timeZone }: { stale: Staleness; timeZone: TimeZone }) {
  const styles = useStyles2(getStyles);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const text = silenceText(stale.asOf, now, timeZone);
  return (
    <div className={styles.line} title={stale.why === undefined ? text : `${text}. ${stale.why}`} data-testid="stale">
      {/* Drawn, since an icon may have to be loaded, for which a silent source leaves the browser no connection. */}
      <svg viewBox="0 0 16 16" width="12" height="12" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden>
        <path d="M8 1.8 15 14.2H1ZM8 6.5v3.6M8 11.6v1.2" />
      </svg>{' '}
      {text}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  line: css({
    height: STALE_HEIGHT,
    lineHeight: `${STALE_HEIGHT}px`,
    color: theme.colors.warning.text,
    fontSize: theme.typography.bodySmall.fontSize,
    fontVariantNumeric: 'tabular-nums',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  }),
});
