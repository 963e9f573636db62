import { entityNameOf, sourcedEntityRef } from './sourcedPipelines';

it.each([
  ['my_ml_workflow', 'my_ml_workflow'],
  ['A.b-c', 'A.b-c'],
  ['_hidden_', expect.stringMatching(/^hidden-[0-9a-f]{8}$/)],
  ['ünï', expect.stringMatching(/^n-[0-9a-f]{8}$/)],
  ['___', expect.stringMatching(/^pipeline-[0-9a-f]{8}$/)],
  ['x'.repeat(64), expect.stringMatching(/^x{54}-[0-9a-f]{8}$/)],
])('the entity of %s is %s', (name, expected) => {
  expect(entityNameOf(name)).toEqual(expected);
  expect(entityNameOf(name).length).toBeLessThanOrEqual(63);
});

it('tells long names apart that begin alike', () => {
  const long = 'x'.repeat(100);
  expect(entityNameOf(`${long}a`)).not.toBe(entityNameOf(`${long}b`));
});

it('is one reference whatever the case', () => {
  expect(sourcedEntityRef({ name: 'My_Dag' })).toBe('pipeline:default/my_dag');
});
