import { findRoute } from './routes';

describe('routes of the task execution interface', () => {
  it.each([
    ['PATCH', 'task-instances/7/run', 'run', { id: '7' }],
    ['PATCH', 'task-instances/7/state', 'state', { id: '7' }],
    ['GET', 'task-instances/count', 'countTasks', {}],
    [
      'GET',
      'task-instances/previous/d/a.b',
      'previousTask',
      { dag: 'd', task: 'a.b' },
    ],
    ['GET', 'variables/keys', 'variableKeys', {}],
    ['GET', 'variables/a/b', 'getVariable', { key: 'a/b' }],
    ['GET', 'variables/a%2Fb', 'getVariable', { key: 'a/b' }],
    [
      'GET',
      'xcoms/d/manual__2025-01-01T00:00:00+00:00/t/return_value',
      'getXCom',
      {
        dag: 'd',
        run: 'manual__2025-01-01T00:00:00+00:00',
        task: 't',
        key: 'return_value',
      },
    ],
    [
      'GET',
      'xcoms/d/r/t/k/item/-1',
      'xcomItem',
      { dag: 'd', run: 'r', task: 't', key: 'k', offset: '-1' },
    ],
    [
      'GET',
      'xcoms/d/r/t/a/b/slice',
      'xcomSlice',
      { dag: 'd', run: 'r', task: 't', key: 'a/b' },
    ],
    [
      'POST',
      'xcoms/d/r/t/a/b/slice',
      'setXCom',
      { dag: 'd', run: 'r', task: 't', key: 'a/b/slice' },
    ],
    ['GET', 'dag-runs/count', 'countRuns', {}],
    ['GET', 'dag-runs/d/r', 'getRun', { dag: 'd', run: 'r' }],
    ['POST', 'dag-runs/d/r', 'triggerRun', { dag: 'd', run: 'r' }],
    ['POST', 'dag-runs/d/r/clear', 'clearRun', { dag: 'd', run: 'r' }],
  ])('%s %s is %s', (method, path, name, params) => {
    const found = findRoute(method, path);
    expect({ ...found, params: { ...found.params } }).toEqual({ name, params });
  });

  it.each([
    ['GET', 'nothing', 404],
    ['GET', 'task-instances/7/run', 405],
    ['GET', 'task-instances/7/run/more', 404],
    ['GET', 'variables/', 404],
    ['GET', 'variables/%E0%A4', 400],
    ['GET', '', 404],
  ])('%s %s is refused with %i', (method, path, status) => {
    expect(() => findRoute(method, path)).toThrow(
      expect.objectContaining({ status }),
    );
  });
});
