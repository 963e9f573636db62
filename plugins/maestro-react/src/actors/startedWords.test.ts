import { startedWords } from './startedWords';

describe('startedWords', () => {
  it('takes the first run of an installation for no person', () => {
    expect(
      startedWords({ trigger: 'manual', createdBy: 'maestro:first-run' }),
    ).toBe('started by the installation, as its first run');
  });

  it.each([
    ['manual', 'user:default/anna', 'started by anna'],
    ['manual', undefined, 'started on request'],
    ['scheduled', 'maestro:scheduler', 'started by its schedule'],
    [
      'api',
      'service:external:maestro-cli',
      'started by maestro-cli through the API',
    ],
    ['api', undefined, 'started through the API'],
    ['api', 'webhook:deploy', 'started by the webhook deploy'],
    ['asset', 'maestro:assets', 'started by an asset event'],
    ['backfill', 'user:default/anna', 'started by anna as part of a backfill'],
  ] as const)('%s by %s', (trigger, createdBy, words) => {
    expect(startedWords({ trigger, createdBy })).toBe(words);
  });
});
