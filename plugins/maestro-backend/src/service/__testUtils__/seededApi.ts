import { mockCredentials } from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import {
  createMaestroClient,
  type MaestroClient,
} from '@maestro/plugin-maestro-common';
import request from 'supertest';
import type { TestDatabases } from '../../database/testing';
import { definitionOf, StoreSeed } from '../../views/testing/StoreSeed';
import { fakeServices, startApi } from './startApi';

export const API_PATH = '/api/maestro';

/**
 * The API for the tests of a file, over a store with pipeline `train` (tasks
 * `a` and `b`; run `r1` with attempt `x` and a report) and `other` (run `r2`).
 * Each test begins with everything allowed and nothing called.
 */
export function seededApi(databases: TestDatabases) {
  const services = fakeServices();
  const api = {} as Awaited<ReturnType<typeof startApi>>;
  const client = {} as MaestroClient;
  let seed: StoreSeed;

  beforeAll(async () => {
    seed = new StoreSeed(await databases.open());
    const pipeline = await seed.pipeline(definitionOf('train', ['a', 'b']));
    const run = await seed.run(pipeline, { run_id: 'r1' });
    await seed.task(run.id, 0);
    await seed.attempt({ id: run.id, pipelineId: pipeline.id }, 0, 1, {
      attempt_id: 'x',
    });
    const other = await seed.pipeline(definitionOf('other', ['a']));
    await seed.run(other, { run_id: 'r2' });
    await seed.db.knex('artifacts').insert({
      run_id: run.id,
      task_no: 0,
      map_index: -1,
      attempt_id: 'x',
      name: 'drift.html',
      content_type: 'text/html; charset=utf-8',
      size: 5,
      location: 'place',
      created_at: 1,
    });
    Object.assign(api, await startApi(seed.db, services));
    const { port } = api.server.address() as { port: number };
    const ofUser = createMaestroClient({
      baseUrl: `http://127.0.0.1:${port}${API_PATH}`,
      fetch: (input, init) => {
        const sent = new Request(input, init);
        sent.headers.set('authorization', mockCredentials.user.header());
        return fetch(sent);
      },
    });
    Object.assign(client, ofUser);
  });

  afterAll(() => api.stop());

  beforeEach(() => {
    jest.clearAllMocks();
    api.decide.mockReturnValue(AuthorizeResult.ALLOW);
  });

  return {
    services,
    api,
    client,
    /** The store of the API. */
    seeded: () => seed,
    /** A request of nobody. */
    http: () => request(api.server),
    asUser: <T extends request.Test>(test: T) =>
      test.set('authorization', mockCredentials.user.header()),
  };
}
