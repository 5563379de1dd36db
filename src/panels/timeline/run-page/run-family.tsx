import React, { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { FamilyMember } from '../../../model/answer';
import { LIFECYCLE_STATES } from '../../../model/lifecycle';
import type { Family } from '../../../frames/one-run';
import type { CssPixels, EpochMs } from '../../../model/units';
import { Glyph } from '../draw/glyph';
import { markColor } from '../draw/legend';
import type { Palette } from '../draw/palette';
import { timeScale } from '../time-scale';
import { timeTicks } from '../draw/time-ticks';
import { CLASS_OF_STATE, LOST, RUN_CLASSES } from '../run-class';
import { className, countText, durationText, PLAIN } from '../words';
import { Bar } from './bar';
import { depthsOf } from './family-depths';
import { pageOfCell } from './seen';

const ROW = 24;
const NAMES = 320;
const LENGTHS = 84;
const AXIS = 18;
const NOTE = 20;
/** Rows drawn beyond what is in sight. */
const SPARE = 8;
const INDENT = 14;
/** Deeper ones are no further in: names need room. */
const DEEPEST = 10;

interface Props {
  family: Family;
  palette: Palette;
  timeZone: TimeZone;
  now: EpochMs;
  width: CssPixels;
  height: CssPixels;
}

/** The family of a run as a tree, with every run as a bar on one axis. Only what is in sight is in the page. */
export function RunFamily({
  family: { members, frame, asked, omitted },
  palette,
  timeZone,
  now,
  width,
  height,
}: Props) {
  const styles = useStyles2(getStyles);
  const scroller = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const place = members.findIndex(({ runId }) => runId === asked);
  const depths = useMemo(() => depthsOf(members), [members]);
  const room = Math.max(2 * ROW, height - AXIS - NOTE);
  const names = Math.min(NAMES, width * 0.45);
  const scale = useMemo(() => {
    const from = members.reduce((least, { beganAt }) => Math.min(least, beganAt), Infinity);
    const to = members.reduce((most, { endedAt = now }) => Math.max(most, endedAt), from + 1);
    const margin = (to - from) * 0.02;
    return timeScale(from - margin, to + margin, Math.max(60, width - names - LENGTHS));
  }, [members, now, width, names]);
  useLayoutEffect(() => {
    if (scroller.current) {
      scroller.current.scrollTop = Math.max(0, place * ROW - room / 2);
    }
  }, [place, asked, room]);
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const last = Math.min(members.length, first + Math.ceil(room / ROW) + 2 * SPARE);
  return (
    <div style={{ width, height }}>
      <div
        ref={scroller}
        className={styles.scroll}
        style={{ maxHeight: room }}
        onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
        tabIndex={0}
        role="tree"
        aria-label={t('run.family-label', 'Runs that asked for each other, {{runs}} in all', {
          runs: countText(members.length),
        })}
      >
        <div style={{ height: members.length * ROW, position: 'relative' }}>
          {members.slice(first, last).map((member, at) => {
            const index = first + at;
            return (
              <Member
                key={`${member.source}\n${member.runId}`}
                member={member}
                depth={depths[index]!}
                href={index === place ? undefined : pageOfCell(frame, index)}
                isOwn={index === place}
                style={{ top: index * ROW, gridTemplateColumns: `${names}px ${scale.width}px ${LENGTHS}px` }}
                scale={scale}
                palette={palette}
                now={now}
              />
            );
          })}
        </div>
      </div>
      <svg width="100%" height={18} className={styles.axis} aria-hidden="true">
        {timeTicks(scale, timeZone).map(({ at, label }) => (
          <text key={at} x={names + scale.x(at)} y={13} textAnchor="middle" fill={palette.faint}>
            {label}
          </text>
        ))}
      </svg>
      <div className={styles.note}>
        {[
          members.some(({ critical }) => critical)
            ? t('run.critical', 'Bold: the chain of runs that decides when the family ends')
            : undefined,
          omitted === undefined
            ? undefined
            : t('run.family-omitted', '{{runs}} more runs of the family are left out', { runs: countText(omitted) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </div>
    </div>
  );
}

interface MemberProps {
  member: FamilyMember;
  depth: number;
  href: string | undefined;
  isOwn: boolean;
  style: React.CSSProperties;
  scale: ReturnType<typeof timeScale>;
  palette: Palette;
  now: EpochMs;
}

function Member({ member, depth, href, isOwn, style, scale, palette, now }: MemberProps) {
  const styles = useStyles2(getStyles);
  const { task, runId, state, substate, beganAt, startedAt, endedAt, attempts, critical } = member;
  const kind = substate === 'lost' ? LOST : CLASS_OF_STATE[LIFECYCLE_STATES.indexOf(state)]!;
  const word = RUN_CLASSES[kind]!;
  const length = startedAt === undefined ? undefined : durationText(Math.max(0, (endedAt ?? now) - startedAt));
  return (
    <div
      className={cx(styles.member, isOwn && styles.own, critical && styles.critical)}
      style={style}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isOwn}
      title={[task, runId, className(word), length].filter(Boolean).join(' · ')}
    >
      <span className={styles.name} style={{ paddingLeft: Math.min(depth, DEEPEST) * INDENT }}>
        <Glyph kind={word} color={markColor(palette, word)} size={12} />
        {href === undefined ? (
          <span className={styles.text}>{task}</span>
        ) : (
          <a className={styles.text} href={href}>
            {task}
          </a>
        )}
        {attempts > 1 && (
          <span className={styles.aside}>{t('run.tries', '{{attempts}} attempts', { attempts, ...PLAIN })}</span>
        )}
      </span>
      <svg width={scale.width} height={ROW}>
        <g transform="translate(0 6)">
          <Bar
            scale={scale}
            began={beganAt}
            start={startedAt}
            end={endedAt ?? now}
            kind={kind}
            palette={palette}
            height={ROW - 12}
          />
        </g>
      </svg>
      <span className={styles.aside}>{length}</span>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  scroll: css({
    overflow: 'auto',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: -2 },
  }),
  member: css({
    position: 'absolute',
    left: 0,
    height: ROW,
    display: 'grid',
    alignItems: 'center',
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  own: css({ background: theme.colors.action.selected }),
  critical: css({ fontWeight: theme.typography.fontWeightBold }),
  name: css({ display: 'flex', alignItems: 'center', gap: 6, minWidth: 0, paddingRight: 8 }),
  text: css({
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    'a&': { color: theme.colors.text.link },
    'a&:hover': { textDecoration: 'underline' },
  }),
  aside: css({
    color: theme.colors.text.secondary,
    paddingLeft: 8,
    whiteSpace: 'nowrap',
    fontVariantNumeric: 'tabular-nums',
  }),
  axis: css({ display: 'block', text: { fontSize: 11, fontFamily: theme.typography.fontFamily } }),
  note: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
