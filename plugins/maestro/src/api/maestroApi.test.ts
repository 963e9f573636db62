import { createPortalClient } from './maestroApi';

/** A fetch that reads its request twice, as the portal's middleware does. */
function portalFetch(answer: Response) {
  const seen: Array<{ url: string; method: string; body: string }> = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const first = new Request(input, init);
    const second = new Request(input, init);
    await first.text();
    seen.push({
      url: second.url,
      method: second.method,
      body: await second.text(),
    });
    return answer.clone();
  };
  return { seen, fetch: fetch as typeof globalThis.fetch };
}

const clientWith = (fetch: typeof globalThis.fetch) =>
  createPortalClient({
    discoveryApi: {
      getBaseUrl: async id => `http://localhost:7007/api/${id}`,
    },
    fetchApi: { fetch },
  });

describe('createPortalClient', () => {
  it('sends a body through a fetch that reads requests twice', async () => {
    const { seen, fetch } = portalFetch(
      new Response(JSON.stringify({ dryRun: true, tasks: [] }), {
        headers: { 'content-type': 'application/json' },
      }),
    );
    await expect(
      clientWith(fetch).clearTasks('run-1', { dryRun: true }),
    ).resolves.toEqual({ dryRun: true, tasks: [] });
    expect(seen).toEqual([
      {
        url: 'http://localhost:7007/api/maestro/runs/run-1/clear',
        method: 'POST',
        body: '{"dryRun":true}',
      },
    ]);
  });

  it('sends none where there is none', async () => {
    const { seen, fetch } = portalFetch(
      new Response('{"items":[]}', {
        headers: { 'content-type': 'application/json' },
      }),
    );
    await clientWith(fetch).listPipelines();
    expect(seen[0]).toMatchObject({ method: 'GET', body: '' });
  });

  it('hands the abort on', async () => {
    const controller = new AbortController();
    const fetch = jest.fn(
      (_input: RequestInfo | URL, init?: RequestInit) =>
        new Promise<Response>((_, reject) =>
          init!.signal!.addEventListener('abort', () =>
            reject(new DOMException('aborted', 'AbortError')),
          ),
        ),
    );
    const asked = clientWith(fetch as typeof globalThis.fetch).listPipelines({
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 20);
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});
