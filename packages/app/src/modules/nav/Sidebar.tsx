import {
  Sidebar,
  SidebarDivider,
  SidebarGroup,
  SidebarScrollWrapper,
  SidebarSpace,
} from '@backstage/core-components';
import { NavContentBlueprint } from '@backstage/plugin-app-react';
import { NotificationsSidebarItem } from '@backstage/plugin-notifications';
import { SidebarSearchModal } from '@backstage/plugin-search';
import { UserSettingsSignInAvatar } from '@backstage/plugin-user-settings';
import MenuIcon from '@material-ui/icons/Menu';
import SearchIcon from '@material-ui/icons/Search';
import { NavItem } from './NavItem';
import { SidebarLogo } from './SidebarLogo';

/*
 * What people come for stands first: pipelines and what belongs to them, then
 * the rest of Backstage. A page that a later plugin brings appears by itself.
 */
const PIPELINES_FIRST = [
  'page:maestro',
  'page:maestro/schedule',
  'page:maestro/assets',
  'page:maestro/connections',
  'page:maestro/variables',
  'page:maestro/pools',
  'page:mlflow',
  'page:feast',
];

export const SidebarContent = NavContentBlueprint.make({
  params: {
    component: ({ navItems }) => {
      const hrefs = navItems
        .clone()
        .rest()
        .map(item => item.href);
      const nav = navItems.withComponent(item => (
        <NavItem {...item} hrefs={hrefs} />
      ));
      // Both have an entry of their own below.
      nav.take('page:search');
      nav.take('page:notifications');
      // Empty unless an entity is named: the pages of entities lead to it.
      nav.take('page:catalog-graph');
      const pipelines = PIPELINES_FIRST.map(id => nav.take(id));

      return (
        <Sidebar>
          <SidebarLogo />
          <SidebarGroup label="Search" icon={<SearchIcon />} to="/search">
            <SidebarSearchModal />
          </SidebarGroup>
          <SidebarDivider />
          <SidebarGroup label="Menu" icon={<MenuIcon />}>
            {pipelines}
            <SidebarDivider />
            {nav.take('page:catalog')}
            {nav.take('page:scaffolder')}
            <SidebarScrollWrapper>
              {nav.rest({ sortBy: 'title' })}
            </SidebarScrollWrapper>
          </SidebarGroup>
          <SidebarSpace />
          <SidebarDivider />
          <NotificationsSidebarItem />
          <SidebarDivider />
          <SidebarGroup
            label="Settings"
            icon={<UserSettingsSignInAvatar />}
            to="/settings"
          >
            {nav.take('page:user-settings')}
          </SidebarGroup>
        </Sidebar>
      );
    },
  },
});
