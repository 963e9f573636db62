import { SidebarItem } from '@backstage/core-components';
import { IconElement } from '@backstage/frontend-plugin-api';
import { useLocation } from 'react-router-dom';
import { entryOf } from './entryOf';

/**
 * An entry of the sidebar, marked while its page is open: its own, not that of
 * an entry whose address only begins alike.
 */
export function NavItem(props: {
  href: string;
  title: string;
  icon: IconElement;
  /** The addresses of all entries. */
  hrefs: readonly string[];
}) {
  const { href, title, icon, hrefs } = props;
  const { pathname } = useLocation();
  const other = entryOf(pathname, hrefs) !== href;
  return <SidebarItem icon={() => icon} to={href} text={title} end={other} />;
}
