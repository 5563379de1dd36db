import React from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2, QueryResultMetaNotice } from '@grafana/data';
import { textUtil } from '@grafana/data';
import { Icon, Tooltip, useStyles2 } from '@grafana/ui';
import { SceneObjectBase, sceneGraph } from '@grafana/scenes';
import type { SceneComponentProps, SceneObjectState } from '@grafana/scenes';
import type { LinkPlan } from './dashboard-plan';
import { linkAddress } from './links';

interface PanelTitleItemsState extends SceneObjectState {
  /** Grafana's name of the panel that a stand-in takes the place of. */
  standIn?: string;
  links: LinkPlan[];
  /** "Last 1h", where the panel does not follow the dashboard. */
  range?: string;
}

/** Beside a panel's title: that it is a stand-in, notices of its data, its links, its own time range. */
export class PanelTitleItems extends SceneObjectBase<PanelTitleItemsState> {
  static Component = Items;
}

function Items({ model }: SceneComponentProps<PanelTitleItems>) {
  const styles = useStyles2(getStyles);
  const { standIn, links, range } = model.useState();
  const { data } = sceneGraph.getData(model).useState();
  const notices = distinct((data?.series ?? []).flatMap(({ meta }) => meta?.notices ?? []));
  return (
    <>
      {notices.map(({ severity, text, link }) => (
        <Tooltip key={`${severity} ${text}`} content={text}>
          <Item href={link} label={text} className={styles.notice}>
            <Icon name={severity === 'info' ? 'info-circle' : 'exclamation-triangle'} />
          </Item>
        </Tooltip>
      ))}
      {links.map((link) => {
        const title = sceneGraph.interpolate(model, link.title, undefined, 'text') || link.url;
        return (
          <Tooltip key={`${link.title} ${link.url}`} content={title}>
            <Item href={textUtil.sanitizeUrl(linkAddress(model, link))} label={title} className={styles.link}>
              <Icon name="external-link-alt" />
            </Item>
          </Tooltip>
        );
      })}
      {range !== undefined && <span className={styles.note}>{range}</span>}
      {standIn !== undefined && (
        <Tooltip content={`The preview draws a likeness. Grafana draws its own ${standIn} panel here.`}>
          <span className={cx(styles.note, styles.standIn)} tabIndex={0} data-testid="stand-in">
            <span>stand-in</span>
          </span>
        </Tooltip>
      )}
    </>
  );
}

interface ItemProps {
  href?: string;
  label: string;
  className: string;
  children: React.ReactNode;
}

/** A link where there is somewhere to go, else an icon that tells its text when it is reached by keyboard too. */
const Item = React.forwardRef<HTMLElement, ItemProps>(function Item(
  { href, label, className, children, ...rest },
  ref
) {
  return href === undefined ? (
    <span ref={ref} role="img" tabIndex={0} aria-label={label} className={className} {...rest}>
      {children}
    </span>
  ) : (
    <a ref={ref as React.Ref<HTMLAnchorElement>} href={href} aria-label={label} className={className} {...rest}>
      {children}
    </a>
  );
});

function distinct(notices: readonly QueryResultMetaNotice[]): QueryResultMetaNotice[] {
  return [...new Map(notices.map((notice) => [`${notice.severity} ${notice.text}`, notice])).values()];
}

const getStyles = (theme: GrafanaTheme2) => ({
  notice: css({ color: theme.colors.warning.text, padding: theme.spacing(0, 0.5), alignSelf: 'center' }),
  link: css({ color: theme.colors.text.secondary, padding: theme.spacing(0, 0.5), alignSelf: 'center' }),
  // In a narrow panel a sign must do, so that the panel's own title is not cut for it.
  standIn: css({
    '[data-viz-panel-key]:has(&)': { containerType: 'inline-size' },
    '@container (max-width: 300px)': { '& > span': { display: 'none' }, '&::after': { content: '"≈"' } },
  }),
  note: css({
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    whiteSpace: 'nowrap',
    alignSelf: 'center',
    padding: theme.spacing(0, 0.5),
  }),
});
