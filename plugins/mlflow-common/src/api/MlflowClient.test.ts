import { MlflowClient } from './MlflowClient';

function clientAnswering(response: () => Response) {
  const urls: string[] = [];
  const client = new MlflowClient({
    discoveryApi: { getBaseUrl: async id => `http://portal/api/${id}` },
    fetchApi: {
      fetch: async url => {
        urls.push(String(url));
        return response();
      },
    },
  });
  return { client, urls };
}

describe('MlflowClient', () => {
  it('escapes names and leaves out what is not asked', async () => {
    const { client, urls } = clientAnswering(() => Response.json({}));
    await client.getModel('a/b c?');
    await client.listModels({ filter: 'x&y', pageToken: undefined });
    await client.listRuns('1', { pageToken: 'p=' });
    await client.listExperiments();
    await client.getStatus();
    expect(urls).toEqual([
      'http://portal/api/mlflow/models/a%2Fb%20c%3F',
      'http://portal/api/mlflow/models?filter=x%26y',
      'http://portal/api/mlflow/experiments/1/runs?pageToken=p%3D',
      'http://portal/api/mlflow/experiments',
      'http://portal/api/mlflow/status',
    ]);
  });

  it("throws with the backend's own sentence", async () => {
    const { client } = clientAnswering(() =>
      Response.json(
        {
          error: { name: 'ServiceUnavailableError', message: 'start it' },
          response: { statusCode: 503 },
        },
        { status: 503 },
      ),
    );
    await expect(client.listModels()).rejects.toMatchObject({
      name: 'ResponseError',
      cause: { name: 'ServiceUnavailableError', message: 'start it' },
    });
  });
});
