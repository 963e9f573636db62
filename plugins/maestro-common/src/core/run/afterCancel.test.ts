import { definitionOf } from '../../__testUtils__/definitions';
import { RUN_TIMEOUT, runsAfterCancel, type RunCancel } from './afterCancel';

const { tasks } = definitionOf([
  { id: 'create', setup: true },
  { id: 'work', after: ['create'] },
  { id: 'drop', after: ['work'], teardown: { of: [0] } },
  { id: 'tell', finally: true },
  { id: 'call', finally: true, callback: 'failed' },
]);

describe('what still runs in a run that was cancelled', () => {
  it.each<[string, RunCancel, string[]]>([
    ['by a person', { by: 'user:default/ada' }, ['drop', 'tell']],
    ['by whom nobody knows', {}, ['drop', 'tell']],
    ['as its time was over', { by: RUN_TIMEOUT }, ['drop', 'tell', 'call']],
    ['by force', { by: 'user:default/ada', isForced: true }, []],
    ['by force, its time was over', { by: RUN_TIMEOUT, isForced: true }, []],
  ])('%s', (_how, cancel, running) => {
    expect(
      tasks.filter(task => runsAfterCancel(task, cancel)).map(({ id }) => id),
    ).toStrictEqual(running);
  });
});
