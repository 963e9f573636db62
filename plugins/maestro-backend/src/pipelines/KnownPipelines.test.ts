import { KnownPipelines } from './KnownPipelines';

const row = (name: string, entityRef: string) =>
  ({ name, entity_ref: entityRef } as never);

it('finds by name and by reference', () => {
  const known = new KnownPipelines([
    row('a', 'pipeline:default/a'),
    row('A', 'pipeline:default/a'),
    row('b', 'pipeline:default/b'),
  ]);
  const names = (name: string, ref: string) =>
    known.of(name, ref).map(one => one.name);
  expect(known.named('A')?.name).toBe('A');
  expect(known.named('c')).toBeUndefined();
  expect(names('b', 'pipeline:default/a')).toEqual(['b', 'a', 'A']);
  expect(names('c', 'pipeline:default/c')).toEqual([]);
});
