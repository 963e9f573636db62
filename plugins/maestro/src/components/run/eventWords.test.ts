import { eventWords } from './eventWords';

describe('eventWords', () => {
  it('tells changes of tasks one by one, with the reason', () => {
    expect(
      eventWords({
        type: 'tasks',
        body: {
          changes: [
            { task: 'train', from: 'none', to: 'scheduled', reason: 'ready' },
            { task: 'score', indices: '0-2,7', from: 'queued', to: 'running' },
            {
              task: 'gate',
              from: 'running',
              to: 'failed',
              reason: 'cancelled by user:default/anna',
            },
          ],
        },
      }),
    ).toEqual([
      'train: not yet → scheduled (ready)',
      'score [0-2,7]: queued → running',
      'gate: running → failed (cancelled by anna)',
    ]);
  });

  it('tells the facts of other events, whatever they are', () => {
    expect(
      eventWords({ type: 'note', body: { note: 'late data', more: [1, {}] } }),
    ).toEqual(['note: late data', 'more: [1,{}]']);
    expect(
      eventWords({ type: 'attempt', body: { task: 'a', mapIndex: -1 } }),
    ).toEqual(['task: a']);
    expect(
      eventWords({ type: 'attempt', body: { task: 'a', mapIndex: 0 } }),
    ).toEqual(['task: a', 'mapIndex: 0']);
    expect(eventWords({ type: 'run_started', body: {} })).toEqual([]);
    expect(eventWords({ type: 'tasks', body: { changes: 'odd' } })).toEqual([
      'changes: odd',
    ]);
  });

  it('keeps a state that it does not know', () => {
    expect(
      eventWords({
        type: 'tasks',
        body: { changes: [{ task: 'a', from: 'dreaming', to: 'success' }] },
      }),
    ).toEqual(['a: dreaming → success']);
  });
});
