import { QueryClient } from '@tanstack/react-query';
import { liveRuns } from './liveRuns';
import { keys } from './queries';

describe('liveRuns', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  function start() {
    const client = new QueryClient();
    const asked: string[] = [];
    jest.spyOn(client, 'invalidateQueries').mockImplementation(async filter => {
      asked.push((filter!.queryKey as string[]).slice(1).join('/'));
    });
    return { client, asked, live: liveRuns(client) };
  }
  const signal = (runId: string, revision = 1, pipeline = 'p') => ({
    runId,
    pipeline,
    revision,
  });

  it('acts on the first at once and on a burst once', () => {
    const { asked, live } = start();
    live.onSignal(signal('a'));
    expect(asked).toEqual(['run/a', 'pipeline/p', 'pipelines']);
    asked.length = 0;
    for (let revision = 2; revision < 100; revision++) {
      live.onSignal(signal('a', revision));
      live.onSignal(signal('b', revision));
    }
    expect(asked).toEqual([]);
    jest.advanceTimersByTime(250);
    expect(asked).toEqual(['run/a', 'run/b', 'pipeline/p', 'pipelines']);
    jest.advanceTimersByTime(10_000);
    expect(asked).toHaveLength(4);
    live.stop();
  });

  it('ignores what the page knows already', () => {
    const { client, asked, live } = start();
    client.setQueryData([...keys.run('a'), 'detail'], { revision: 7 });
    live.onSignal(signal('a', 6));
    live.onSignal(signal('a', 7));
    expect(asked).toEqual([]);
    live.onSignal(signal('a', 8));
    expect(asked).toContain('run/a');
    live.stop();
  });

  it('asks nothing after it was stopped', () => {
    const { asked, live } = start();
    live.onSignal(signal('a'));
    live.onSignal(signal('b'));
    live.stop();
    asked.length = 0;
    jest.advanceTimersByTime(1000);
    expect(asked).toEqual([]);
  });
});
