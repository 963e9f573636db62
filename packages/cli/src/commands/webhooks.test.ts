import { everyCommand } from '../__testUtils__/everyCommand';

const { fake, maestro } = everyCommand();

describe('webhooks rotate', () => {
  it('tells a new secret once, and replaces none without a yes', async () => {
    const rotate = ['webhooks', 'rotate', 'train', 'deploy'];
    const refused = await maestro(rotate);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('say --yes to replace the secret');
    expect(fake.requests.map(({ route }) => route)).toEqual([
      'GET /pipelines/train/webhooks',
    ]);
    const { stdout } = await maestro([...rotate, '--yes']);
    expect(stdout).toContain('Secret   told-once');
    expect(stdout).toMatch(/http.*\/api\/maestro\/webhooks\/train\/deploy/);
    const list = await maestro(['webhooks', 'list', 'train']);
    expect(list.stdout).toMatch(/deploy +http.*since/);
  });
});
