import { runOf, taskOf, NOW } from '../../__testUtils__/fixtures';
import { taskOfInterest, taskSummaries } from './taskSummaries';

describe('taskSummaries', () => {
  it('keeps the order of the file, also of tasks without an instance', () => {
    const run = runOf();
    const summaries = taskSummaries({ ...run, tasks: run.tasks.slice(0, 2) });
    expect(summaries.map(s => s.task.id)).toEqual(
      run.definition.tasks.map(t => t.id),
    );
    expect(summaries[6]).toMatchObject({ state: 'none', instances: [] });
  });

  it('shows of a mapped task what needs attention', () => {
    const run = runOf();
    const mapped = taskSummaries({
      ...run,
      tasks: [
        taskOf(0, 'validate', {
          mapIndex: 0,
          state: 'success',
          startedAt: 10,
          endedAt: 20,
        }),
        taskOf(0, 'validate', { mapIndex: 1, state: 'running', startedAt: 5 }),
      ],
    })[0];
    expect(mapped).toMatchObject({
      state: 'running',
      startedAt: 5,
      endedAt: undefined,
    });
  });
});

describe('taskOfInterest', () => {
  const interest = (run = runOf()) => taskOfInterest(taskSummaries(run));

  it('is what failed, then what runs, then what was last', () => {
    const run = runOf();
    expect(interest(run)).toBe('train');
    run.tasks[1] = { ...run.tasks[1], state: 'failed' };
    expect(interest(run)).toBe('features');
    const done = runOf({
      tasks: [
        taskOf(0, 'validate', { state: 'success', startedAt: NOW }),
        taskOf(5, 'register', { state: 'success', startedAt: NOW + 5 }),
      ],
    });
    expect(interest(done)).toBe('register');
  });

  it('is the first task of a run that has not begun, and none of none', () => {
    expect(interest(runOf({ tasks: [] }))).toBe('validate');
    expect(taskOfInterest([])).toBeUndefined();
  });
});
