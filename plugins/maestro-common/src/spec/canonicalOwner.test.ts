import { canonicalOwner, canonicalSystem } from './canonicalOwner';

it.each([
  ['ml-team', 'group:default/ml-team'],
  ['group:ml-team', 'group:default/ml-team'],
  ['Group:Default/ML-Team', 'group:default/ml-team'],
  ['risk/ml-team', 'group:risk/ml-team'],
  ['user:ada', 'user:default/ada'],
  // A name that is no reference stands for itself.
  ['a:b:c/d/e', 'a:b:c/d/e'],
  ['', ''],
])('%j is %j', (owner, canonical) => {
  expect(canonicalOwner(owner)).toBe(canonical);
  expect(canonicalOwner(canonical)).toBe(canonical);
});

it.each([
  ['flights', 'system:default/flights'],
  ['risk/Flights', 'system:risk/flights'],
  ['system:flights', 'system:default/flights'],
  ['a:b:c/d/e', 'a:b:c/d/e'],
  ['', ''],
])('system %j is %j', (system, canonical) => {
  expect(canonicalSystem(system)).toBe(canonical);
});
