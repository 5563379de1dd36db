import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2, QueryResultMetaNotice } from '@grafana/data';
import { textUtil } from '@grafana/data';
import { PanelChrome, Icon, Tooltip, useStyles2 } from '@grafana/ui';
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
          <PanelChrome.TitleItem href={link} className={styles.notice}>
            <Icon name={severity === 'info' ? 'info-circle' : 'exclamation-triangle'} aria-label={text} />
          </PanelChrome.TitleItem>
        </Tooltip>
      ))}
      {links.map((link) => {
        const title = sceneGraph.interpolate(model, link.title, undefined, 'text') || link.url;
        return (
          <Tooltip key={`${link.title} ${link.url}`} content={title}>
            <PanelChrome.TitleItem href={textUtil.sanitizeUrl(linkAddress(model, link))} className={styles.link}>
              <Icon name="external-link-alt" aria-label={title} />
            </PanelChrome.TitleItem>
          </Tooltip>
        );
      })}
      {range !== undefined && <span className={styles.note}>{range}</span>}
      {standIn !== undefined && (
        <Tooltip content={`The preview draws a likeness. Grafana draws its own ${standIn} panel here.`}>
          <span className={styles.note} tabIndex={0} data-testid="stand-in">
            stand-in
          </span>
        </Tooltip>
      )}
    </>
  );
}

function distinct(notices: readonly QueryResultMetaNotice[]): QueryResultMetaNotice[] {
  return [...new Map(notices.map((notice) => [`${notice.severity} ${notice.text}`, notice])).values()];
}

const getStyles = (theme: GrafanaTheme2) => ({
  notice: css({ color: theme.colors.warning.text }),
  link: css({ color: theme.colors.text.secondary }),
  note: css({
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    whiteSpace: 'nowrap',
    alignSelf: 'center',
    padding: theme.spacing(0, 0.5),
  }),
});
