import { whyWords } from './whyWords';

describe('whyWords', () => {
  it.each([
    [
      'times by the chosen clock',
      'A try of task "train" failed, the next starts at 2026-11-26T22:04:55.117Z.',
      'A try of task "train" failed, the next starts at Thu 26 Nov 2026, 22:04:55 UTC',
    ],
    [
      'who holds a pool by name',
      'Pool "gpu" has 2 slots, 2 in use by "churn/01a219e1-0b51-7cc0-8d4e-1f2a3b4c5d6e/train" and "b/01A219E1-0b51-7cc0-8d4e-1f2a3b4c5d6e/x[3]".',
      'Pool "gpu" has 2 slots, 2 in use by task "train" of churn and task "x[3]" of b',
    ],
    [
      'people as they are called',
      'Paused by user:default/anna.',
      'Paused by anna',
    ],
    [
      'nothing else',
      'Task "a/b/c" waits for 1.5 GiB, at "2026-11-26".',
      'Task "a/b/c" waits for 1.5 GiB, at "2026-11-26"',
    ],
  ])('says %s', (_, message, words) => {
    expect(whyWords(message, 'UTC')).toBe(words);
  });
});
