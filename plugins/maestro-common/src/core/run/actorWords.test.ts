import { actorWords, nameActors } from './actorWords';

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
    ['maestro:run_timeout', 'its timeout'],
    ['maestro:overlap', 'a newer run'],
    ['maestro:headless', 'the command that started it'],
    ['seed', 'the configuration'],
    ['', 'Maestro'],
    [undefined, 'Maestro'],
    ['somebody unheard of', 'somebody unheard of'],
  ])('%s is %s', (actor, words) => {
    expect(actorWords(actor)).toBe(words);
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
    [
      'the run was cancelled by maestro:run_timeout',
      'the run was cancelled by its timeout',
    ],
    [
      'cancelled by maestro:overlap; later (maestro:parent_run).',
      'cancelled by a newer run; later (the run that started it).',
    ],
    ['maestro:run_timeouts', 'maestro:run_timeouts'],
    ['failed: exit code 1', 'failed: exit code 1'],
    ['https://user:pw@host/x', 'https://user:pw@host/x'],
    ...[
      'GET http://mlflow-service:5000/api answered 503',
      'GET http://service:5000/api answered 503',
      'connect to feast-service:6566 refused',
      'connect to service:6566 refused',
    ].map(text => [text, text]),
  ])('%s', (text, named) => {
    expect(nameActors(text)).toBe(named);
  });
});
