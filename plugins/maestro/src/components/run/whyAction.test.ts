import { whyAction } from './whyAction';

const run = { pipeline: 'p' };

describe('whyAction', () => {
  it.each([
    [
      { label: 'Resume', kind: 'resume' },
      { kind: 'resume', pipeline: 'p' },
    ],
    [
      { label: 'Resume q', kind: 'unpause', target: 'q' },
      { kind: 'resume', pipeline: 'q' },
    ],
    [
      { label: 'Go on', kind: 'unpause_backfill', target: 'b1' },
      { kind: 'unpause_backfill', id: 'b1' },
    ],
    [{ label: 'Go on', kind: 'unpause_backfill' }, undefined],
    [
      { label: 'Open', kind: 'open_run', target: 'r1' },
      { kind: 'run', id: 'r1' },
    ],
    [
      { label: 'Open', kind: 'task', target: 'train' },
      { kind: 'task', id: 'train' },
    ],
    [
      { label: 'Open its log', kind: 'open_log', target: 'train' },
      { kind: 'log', id: 'train' },
    ],
    [
      { label: 'Clear it', kind: 'clear', target: 'train' },
      { kind: 'clear', id: 'train' },
    ],
    [
      { label: 'Give it slots', kind: 'open_pool', target: 'gpu' },
      { kind: 'pool', id: 'gpu' },
    ],
    [
      { label: 'Look', kind: 'open_status', target: 'local' },
      { kind: 'status', id: 'local' },
    ],
    [{ label: 'Wait', kind: 'wait', target: 'train' }, undefined],
    [{ label: 'Open', kind: 'run' }, undefined],
    [{ label: 'Call the plumber', kind: 'plumber', target: 'x' }, undefined],
  ])('%j', (action, target) => {
    expect(whyAction(action, run)).toEqual(target);
  });
});
