import { FeastClient } from './FeastClient';

describe('FeastClient', () => {
  it('asks the backend of this portal', async () => {
    const urls: string[] = [];
    const client = new FeastClient({
      discoveryApi: { getBaseUrl: async id => `http://portal/api/${id}` },
      fetchApi: {
        fetch: async url => {
          urls.push(String(url));
          return Response.json({});
        },
      },
    });
    await client.getStatus();
    await client.listFeatureViews();
    await client.listFeatureServices();
    await client.listEntities();
    await client.listDataSources();
    expect(
      urls.map(url => url.replace('http://portal/api/feast/', '')),
    ).toEqual([
      'status',
      'feature-views',
      'feature-services',
      'entities',
      'data-sources',
    ]);
  });

  it("throws with the backend's own sentence", async () => {
    const client = new FeastClient({
      discoveryApi: { getBaseUrl: async () => 'http://portal/api/feast' },
      fetchApi: {
        fetch: async () =>
          Response.json(
            {
              error: { name: 'ServiceUnavailableError', message: 'start it' },
              response: { statusCode: 503 },
            },
            { status: 503 },
          ),
      },
    });
    await expect(client.listEntities()).rejects.toMatchObject({
      name: 'ResponseError',
      cause: { name: 'ServiceUnavailableError', message: 'start it' },
    });
  });
});
