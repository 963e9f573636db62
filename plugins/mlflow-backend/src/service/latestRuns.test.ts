import { MlflowServerClient, WireRun } from '@maestro/plugin-mlflow-common';
import { findLatestRuns } from './latestRuns';
import { findSourceRuns } from './sourceRuns';

const run = (experimentId: string, id: string): WireRun => ({
  info: { run_id: id, experiment_id: experimentId },
});

function clientWith(searchRuns: jest.Mock, searchExperiments = jest.fn()) {
  return { searchRuns, searchExperiments } as unknown as MlflowServerClient;
}

describe('findLatestRuns', () => {
  it('asks once when everything fits', async () => {
    const searchRuns = jest.fn().mockResolvedValue({
      items: [run('a', '3'), run('b', '2'), run('a', '1'), run('a', '0')],
    });
    const found = await findLatestRuns(
      clientWith(searchRuns),
      ['a', 'b', 'c'],
      2,
    );
    expect(searchRuns).toHaveBeenCalledTimes(1);
    expect(
      ['a', 'b', 'c'].map(id => found.get(id)!.map(r => r.info.run_id)),
    ).toEqual([['3', '1'], ['2'], []]);
  });

  it('asks again only for those a busy experiment crowded out', async () => {
    const searchRuns = jest.fn(async ({ experimentIds }) =>
      experimentIds.length > 1
        ? { items: [run('a', '9'), run('a', '8')], nextPageToken: 'more' }
        : { items: [run(experimentIds[0], '1')] },
    );
    const found = await findLatestRuns(clientWith(searchRuns), ['a', 'b'], 2);
    expect(searchRuns.mock.calls.map(([query]) => query.experimentIds)).toEqual(
      [['a', 'b'], ['b']],
    );
    expect(found.get('b')!.map(r => r.info.run_id)).toEqual(['1']);
  });
});

describe('findSourceRuns', () => {
  it('asks in hundreds, each run once, and walks all experiments', async () => {
    const searchExperiments = jest
      .fn()
      .mockResolvedValueOnce({
        items: [{ experiment_id: '1' }],
        nextPageToken: 'x',
      })
      .mockResolvedValueOnce({ items: [{ experiment_id: '2' }] });
    const searchRuns = jest.fn(async ({ runIds }) => ({
      items: runIds.slice(1).map((id: string) => run('1', id)),
    }));
    const ids = Array.from({ length: 150 }, (_, i) => `r${i}`);
    const found = await findSourceRuns(
      clientWith(searchRuns, searchExperiments),
      [...ids, ...ids, undefined, ''],
    );
    expect(searchRuns.mock.calls.map(([q]) => q.runIds.length)).toEqual([
      100, 50,
    ]);
    expect(searchRuns.mock.calls[0][0].experimentIds).toEqual(['1', '2']);
    expect(found.size).toBe(148);
    expect(found.has('r0')).toBe(false);
  });

  it('asks nothing for models without runs', async () => {
    const searchRuns = jest.fn();
    const found = await findSourceRuns(clientWith(searchRuns), [undefined]);
    expect(found.size).toBe(0);
    expect(searchRuns).not.toHaveBeenCalled();
  });
});
