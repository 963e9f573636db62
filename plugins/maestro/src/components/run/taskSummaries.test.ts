import { runOf, taskOf, NOW } from '../../__testUtils__/fixtures';
import { mappedProgress, mappedWords } from './mappedWords';
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

  it('shows how far a mapped task is', () => {
    const run = runOf();
    const counts = { success: 11, failed: 1, running: 8, scheduled: 20 };
    const { mapped } = taskSummaries({
      ...run,
      tasks: [taskOf(0, 'validate', { state: 'running', mapped: counts })],
    })[0];
    expect(mapped).toEqual(counts);
    expect(mappedProgress(mapped!)).toBe('12/40');
    expect(mappedWords(mapped!)).toBe(
      '11 success, 1 failed, 8 running, 20 scheduled',
    );
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

  it('is no callback of the run, unless that runs or has failed', () => {
    const run = runOf({
      tasks: [
        taskOf(5, 'register', { state: 'success', startedAt: NOW }),
        taskOf(6, 'skip_registration', {
          state: 'success',
          startedAt: NOW + 5,
        }),
      ],
    });
    run.definition.tasks[6].callback = 'success';
    expect(interest(run)).toBe('register');
    run.tasks[1] = { ...run.tasks[1], state: 'failed' };
    expect(interest(run)).toBe('skip_registration');
  });

  it('is the first task of a run that has not begun, and none of none', () => {
    expect(interest(runOf({ tasks: [] }))).toBe('validate');
    expect(taskOfInterest([])).toBeUndefined();
  });
});
