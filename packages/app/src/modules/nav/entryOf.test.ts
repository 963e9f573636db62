import { entryOf } from './entryOf';

describe('entryOf', () => {
  const hrefs = [
    '/maestro',
    '/maestro/connections',
    '/maestro/variables',
    '/catalog',
  ];

  it.each([
    ['/maestro', '/maestro'],
    ['/maestro/', '/maestro'],
    ['/maestro/runs/1', '/maestro'],
    ['/maestro/connections', '/maestro/connections'],
    ['/maestro/connections/aws', '/maestro/connections'],
    ['/Maestro/Variables', '/maestro/variables'],
    ['/maestro-docs', undefined],
    ['/catalog/default/pipeline/maestro', '/catalog'],
    ['/', undefined],
  ])('%s belongs to %s', (place, entry) => {
    expect(entryOf(place, hrefs)).toBe(entry);
  });
});
