import React from 'react';
import { css } from '@emotion/css';

/** How much of the end is always seen. */
const TAIL = 8;

/** A text that is cut in the middle where there is no room: names of tasks differ at their ends. */
export function MiddleCut({ text }: { text: string }) {
  const tail = text.length > 2 * TAIL ? text.slice(-TAIL) : '';
  return (
    <span className={whole}>
      <span className={head}>{text.slice(0, text.length - tail.length)}</span>
      {tail !== '' && <span>{tail}</span>}
    </span>
  );
}

const whole = css({ display: 'flex', minWidth: 0, whiteSpace: 'pre' });
const head = css({ overflow: 'hidden', textOverflow: 'ellipsis' });
