import { everyCommand } from '../__testUtils__/everyCommand';
import { pipeline, RUN_ID } from '../__testUtils__/fakeMaestro';
import { asking } from '../__testUtils__/samples';

const { fake, maestro } = everyCommand();

describe('with --output json', () => {
  it.each([
    ['pipelines list'],
    ['pipelines show train'],
    ['pipelines pause train'],
    ['pipelines unpause train'],
    ['pipelines refresh'],
    ['pipelines problems'],
    ['pipelines cache train'],
    ['pipelines clear-cache train --yes'],
    ['trigger train --param n=5'],
    ['trigger train --wait --interval 50'],
    ['trigger train --follow --interval 50'],
    ['runs list'],
    [`runs show ${RUN_ID}`],
    ['runs show abcde'],
    ['runs show 0199c0'],
    ['runs show train@latest'],
    [`runs cancel ${RUN_ID}`],
    [`runs clear ${RUN_ID} --dry-run`],
    [`runs clear ${RUN_ID} --yes`],
    ['approvals list'],
    [`approvals approve ${RUN_ID} --set n=5 --yes`],
    [`approvals reject ${RUN_ID} --yes`],
    [`why ${RUN_ID} fit`],
    [`logs ${RUN_ID}`],
    [`logs ${RUN_ID} fit`],
    [`logs ${RUN_ID} fit -f`],
    ['schedule preview'],
    ['schedule preview train --days 7'],
    ['variables list'],
    ['variables get threshold'],
    ['variables set threshold 0.80'],
    ['variables delete threshold'],
    ['pools list'],
    ['pools set gpu 2'],
    ['pools delete gpu'],
    ['assets list'],
    ['assets events'],
    ['assets emit drift'],
    ['webhooks list train'],
    ['webhooks rotate train plain'],
    ['pipelines why train'],
    ['connections list'],
    ['connections get db'],
    ['connections add db --conn-type postgres'],
    ['connections update db --conn-port 1'],
    ['connections delete db'],
    ['connections test db'],
    ['status'],
  ])('%s writes one JSON value and nothing else', async line => {
    if (line.startsWith('approvals')) {
      fake.routes[`GET /runs/${RUN_ID}`] = { json: asking('ask') };
    }
    const result = await maestro([...line.split(' '), '-o', 'json']);
    expect(result).toMatchObject({ code: 0 });
    expect(JSON.parse(result.stdout)).toBeInstanceOf(Object);
    expect(fake.requests.every(one => one.token === 'Bearer secret')).toBe(
      true,
    );
  });

  it('keeps booleans and numbers what they are, and texts too', async () => {
    const { stdout } = await maestro(['-o', 'json', 'pipelines', 'list']);
    expect(JSON.parse(stdout)).toEqual([pipeline]);
    const got = await maestro(['variables', 'get', 'threshold', '-o', 'json']);
    expect(JSON.parse(got.stdout).value).toBe('0.80');
  });

  it('writes nothing to stdout when it fails', async () => {
    const result = await maestro(['runs', 'show', 'nobody', '-o', 'json']);
    expect(result).toMatchObject({ code: 3, stdout: '' });
  });

  it('writes an empty list for nothing', async () => {
    fake.routes['GET /runs'] = { json: { items: [] } };
    expect((await maestro(['runs', 'list', '-o', 'json'])).stdout).toBe('[]\n');
  });
});
