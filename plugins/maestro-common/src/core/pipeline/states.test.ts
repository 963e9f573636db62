import { canTransition, isFinalRunState } from './states';

it.each([
  ['queued', false],
  ['running', false],
  ['success', true],
  ['failed', true],
] as const)('a run that is %s is over: %s', (state, isOver) => {
  expect(isFinalRunState(state)).toBe(isOver);
});

it.each([
  ['none', 'scheduled', true],
  ['none', 'running', false],
  ['queued', 'running', true],
  ['queued', 'deferred', true],
] as const)('a task may go from %s to %s: %s', (from, to, may) => {
  expect(canTransition(from, to)).toBe(may);
});
