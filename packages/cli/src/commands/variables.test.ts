import { everyCommand } from '../__testUtils__/everyCommand';
import { variable } from '../__testUtils__/fakeMaestro';

const { fake, lastBody, maestro } = everyCommand();

describe('what is sent', () => {
  it('is a secret from stdin, without its line end', async () => {
    await maestro(['variables', 'set', 'threshold', '--secret'], {
      stdin: 'a b\n',
    });
    expect(lastBody()).toEqual({ value: 'a b', secret: true });
  });
});

it('does not show a secret variable, and says so', async () => {
  fake.routes['GET /variables/threshold'] = {
    json: { ...variable, value: undefined, secret: true },
  };
  const result = await maestro(['variables', 'get', 'threshold']);
  expect(result).toMatchObject({ code: 5, stdout: '' });
  expect(result.stderr).toContain('secret');
});
