import React, { useLayoutEffect, useRef } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Portal, useStyles2 } from '@grafana/ui';

interface Props {
  /** Where it belongs to, in pixels of the window. */
  x: number;
  y: number;
  children: React.ReactNode;
  /** A tooltip lets the pointer through; details take it. */
  interactive?: boolean;
  label?: string;
  onKeyDown?: (event: React.KeyboardEvent) => void;
}

const AWAY = 14;

/** A card beside a point, kept inside the window. It lies over everything and moves nothing. */
export function FloatingCard({ x, y, children, interactive = false, label, onKeyDown }: Props) {
  const styles = useStyles2(getStyles);
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const card = ref.current;
    if (!card) {
      return;
    }
    const { offsetWidth: width, offsetHeight: height } = card;
    const left = x + AWAY + width > window.innerWidth - 4 ? Math.max(4, x - AWAY - width) : x + AWAY;
    const top = Math.max(4, Math.min(y + AWAY, window.innerHeight - height - 4));
    card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  });
  return (
    <Portal>
      <div
        ref={ref}
        className={styles.card}
        style={{ pointerEvents: interactive ? 'auto' : 'none' }}
        role={interactive ? 'dialog' : 'tooltip'}
        aria-label={label}
        onKeyDown={onKeyDown}
      >
        {children}
      </div>
    </Portal>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  card: css({
    position: 'fixed',
    left: 0,
    top: 0,
    zIndex: theme.zIndex.tooltip,
    width: 'max-content',
    maxWidth: 'min(420px, calc(100vw - 16px))',
    maxHeight: 'min(560px, calc(100vh - 16px))',
    overflow: 'auto',
    padding: '10px 12px',
    borderRadius: theme.shape.radius.default,
    border: `1px solid ${theme.colors.border.weak}`,
    background: theme.colors.background.elevated ?? theme.colors.background.primary,
    boxShadow: theme.shadows.z3,
    color: theme.colors.text.primary,
    fontSize: theme.typography.bodySmall.fontSize,
    overflowWrap: 'anywhere',
  }),
});
