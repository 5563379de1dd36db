import React from 'react';
import { css } from '@emotion/css';
import { textUtil, urlUtil } from '@grafana/data';
import { Button, Dropdown, LinkButton, Menu } from '@grafana/ui';
import { SceneObjectBase, sceneGraph, sceneUtils } from '@grafana/scenes';
import type { SceneComponentProps, SceneObject, SceneObjectState } from '@grafana/scenes';
import type { LinkPlan } from './dashboard-plan';

export interface DashboardSummary {
  uid: string;
  title: string;
  tags: string[];
}

/** The address of a link as it stands now, with the time range and the variables where the link wants them. */
export function linkAddress(from: SceneObject, link: LinkPlan, url = link.url): string {
  const address = sceneGraph.interpolate(from, url, undefined, 'percentencode');
  const state = sceneUtils.getUrlState(from.getRoot());
  const variables = Object.entries(state).filter(([key]) => key.startsWith('var-'));
  const time = Object.entries(state).filter(([key]) => key === 'from' || key === 'to' || key === 'timezone');
  const wanted = [...(link.keepTime ? time : []), ...(link.includeVariables ? variables : [])];
  return urlUtil.appendQueryToUrl(address, urlUtil.toUrlParams(Object.fromEntries(wanted)));
}

interface DashboardLinksState extends SceneObjectState {
  links: LinkPlan[];
  dashboards: DashboardSummary[];
}

/** The links of a dashboard, to its right of the variables. */
export class DashboardLinks extends SceneObjectBase<DashboardLinksState> {
  static Component = Links;
}

function Links({ model }: SceneComponentProps<DashboardLinks>) {
  const { links, dashboards } = model.useState();
  // Time and variables are part of the addresses.
  sceneGraph.getTimeRange(model).useState();
  sceneGraph.getVariables(model).useState();
  return (
    <div className={row} data-testid="dashboard-links">
      {links.map((link, index) => {
        if (link.kind === 'link') {
          return <One key={index} model={model} link={link} title={link.title} url={link.url} />;
        }
        const targets = dashboards.filter(({ tags }) => link.tags.every((tag) => tags.includes(tag)));
        if (!link.asDropdown) {
          return targets.map(({ uid, title }) => (
            <One key={uid} model={model} link={link} title={title} url={`/d/${uid}`} />
          ));
        }
        const menu = () => (
          <Menu>
            {targets.map(({ uid, title }) => (
              <Menu.Item key={uid} label={title} url={textUtil.sanitizeUrl(linkAddress(model, link, `/d/${uid}`))} />
            ))}
          </Menu>
        );
        return (
          <Dropdown key={index} overlay={menu}>
            <Button variant="secondary" size="md" icon="bars">
              {link.title}
            </Button>
          </Dropdown>
        );
      })}
    </div>
  );
}

function One({ model, link, title, url }: { model: SceneObject; link: LinkPlan; title: string; url: string }) {
  // The address is worked out again on the way to the link: a variable may have changed since it was drawn.
  const [address, setAddress] = React.useState('');
  const update = () => setAddress(textUtil.sanitizeUrl(linkAddress(model, link, url)));
  React.useEffect(update, [model, link, url]);
  return (
    <LinkButton
      variant="secondary"
      size="md"
      icon={link.newTab ? 'external-link-alt' : undefined}
      href={address}
      target={link.newTab ? '_blank' : undefined}
      rel={link.newTab ? 'noopener noreferrer' : undefined}
      tooltip={link.tooltip || undefined}
      onMouseEnter={update}
      onFocus={update}
    >
      {sceneGraph.interpolate(model, title, undefined, 'text')}
    </LinkButton>
  );
}

const row = css({ display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center' });
