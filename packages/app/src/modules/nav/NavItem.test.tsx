import { renderInTestApp } from '@backstage/frontend-test-utils';
import { screen } from '@testing-library/react';
import { NavItem } from './NavItem';

const entries = [
  { href: '/maestro', title: 'Pipelines' },
  { href: '/maestro/connections', title: 'Connections' },
];

async function markedAt(place: string) {
  renderInTestApp(
    <>
      {entries.map(entry => (
        <NavItem
          key={entry.href}
          {...entry}
          icon={<svg />}
          hrefs={entries.map(({ href }) => href)}
        />
      ))}
    </>,
    { initialRouteEntries: [place] },
  );
  const links = await screen.findAllByRole('link');
  return links
    .filter(link => link.getAttribute('aria-current') === 'page')
    .map(link => link.getAttribute('aria-label'));
}

describe('the sidebar marks one entry', () => {
  it.each([
    ['/maestro', 'Pipelines'],
    ['/maestro/runs/run-1', 'Pipelines'],
    ['/maestro/connections', 'Connections'],
  ])('%s: %s', async (place, title) => {
    expect(await markedAt(place)).toEqual([title]);
  });
});
