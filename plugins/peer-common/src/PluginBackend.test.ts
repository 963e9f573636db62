import { PluginBackend } from './PluginBackend';

describe('PluginBackend', () => {
  const asked: string[] = [];
  const backend = (answer: () => Response) =>
    new PluginBackend({
      pluginId: 'mlflow',
      discoveryApi: { getBaseUrl: async id => `http://portal/api/${id}` },
      fetchApi: {
        fetch: async url => {
          asked.push(String(url));
          return answer();
        },
      },
    });

  it('asks below the address of its plugin and sends no empty query', async () => {
    const answer = () => new Response('{"a":1}');
    await expect(
      backend(answer).get('/x', {
        filter: 'a b&c',
        page: '',
        token: undefined,
      }),
    ).resolves.toEqual({ a: 1 });
    await backend(answer).get('/x');
    expect(asked).toEqual([
      'http://portal/api/mlflow/x?filter=a+b%26c',
      'http://portal/api/mlflow/x',
    ]);
  });

  it("fails with the backend's own message", async () => {
    const body = {
      error: { name: 'InputError', message: 'Too long' },
      response: { statusCode: 400 },
    };
    await expect(
      backend(
        () =>
          new Response(JSON.stringify(body), {
            status: 400,
            headers: { 'content-type': 'application/json' },
          }),
      ).get('/x'),
    ).rejects.toMatchObject({
      name: 'ResponseError',
      cause: expect.objectContaining({ message: 'Too long' }),
    });
  });
});
