import { outputLimit } from './startScript';

it.each([
  [1, 4000],
  [3, 4000],
  // The kubelet divides 12 KiB among all containers.
  [4, 2976],
  [10, 1132],
])('of %s containers the task may hand on %s bytes', (containers, bytes) => {
  expect(outputLimit(containers)).toBe(bytes);
  expect(bytes).toBeLessThan(12_288 / containers);
});
