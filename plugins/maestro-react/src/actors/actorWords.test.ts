import { actorWords, nameActors, startedWords } from './actorWords';

describe('actorWords', () => {
  it.each([
    ['user:default/anna', 'anna'],
    ['user:ml/anna', 'ml/anna'],
    ['user:default/anna.b@example.org', 'anna.b@example.org'],
    ['service:external:maestro-cli', 'maestro-cli'],
    ['service:maestro-cli', 'maestro-cli'],
    ['service:plugin:scaffolder', 'the plugin scaffolder'],
    ['maestro:first-run', 'the installation'],
    ['maestro:scheduler', 'the scheduler'],
    ['seed', 'the configuration'],
    ['', 'Maestro'],
    [undefined, 'Maestro'],
    ['somebody unheard of', 'somebody unheard of'],
  ])('%s is %s', (actor, words) => {
    expect(actorWords(actor)).toBe(words);
  });
});

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

describe('nameActors', () => {
  it.each([
    [
      'the run was cancelled by user:default/guest',
      'the run was cancelled by guest',
    ],
    ['cleared by service:external:maestro-cli.', 'cleared by maestro-cli.'],
    [
      'started by maestro:first-run, then paused',
      'started by the installation, then paused',
    ],
    ['failed: exit code 1', 'failed: exit code 1'],
    ['https://user:pw@host/x', 'https://user:pw@host/x'],
  ])('%s', (text, named) => {
    expect(nameActors(text)).toBe(named);
  });
});
