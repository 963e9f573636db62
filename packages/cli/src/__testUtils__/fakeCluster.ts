import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface FakeObject {
  metadata: {
    namespace: string;
    name: string;
    labels: Record<string, string>;
    finalizers?: string[];
    resourceVersion: string;
    deletionTimestamp?: string;
  };
  [field: string]: unknown;
}

/** What is asked for in a path: `/api/v1[/namespaces/NS]/pods[/NAME]`. */
const PATH =
  /^\/api\/v1(?:\/namespaces\/([^/]+))?\/(pods|secrets|configmaps)(?:\/([^/]+))?$/;

/** An API server that knows pods, Secrets, ConfigMaps and finalizers. */
export interface FakeCluster {
  /** A kubeconfig for it, as text. */
  kubeconfig: string;
  /** By `pods/ns/name` and its like. */
  objects: Map<string, FakeObject>;
  /** `list secrets` and its like are refused. */
  forbidden: Set<string>;
  /** `patch pods`, `delete pods` and so on, in their order. */
  changes: string[];
  /** Is called before each answer. */
  before: (verb: string) => void;
  add(kind: string, object: Record<string, unknown>): void;
  close(): Promise<void>;
}

export async function startFakeCluster(): Promise<FakeCluster> {
  const objects = new Map<string, FakeObject>();
  const forbidden = new Set<string>();
  const changes: string[] = [];

  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const fake: FakeCluster = {
    kubeconfig: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'c',
          // Without TLS the client asks to be told that it is meant.
          cluster: {
            server: `http://127.0.0.1:${port}`,
            'insecure-skip-tls-verify': true,
          },
        },
        { name: 'away', cluster: { server: 'http://127.0.0.1:1' } },
      ],
      users: [{ name: 'u', user: { token: 'x' } }],
      contexts: [
        { name: 'here', context: { cluster: 'c', user: 'u' } },
        { name: 'away', context: { cluster: 'away', user: 'u' } },
      ],
      'current-context': 'here',
    }),
    objects,
    forbidden,
    changes,
    before: () => {},
    add(kind, { metadata, ...fields }) {
      const object = {
        ...fields,
        metadata: { resourceVersion: '1', ...(metadata as object) },
      } as FakeObject;
      const { namespace, name } = object.metadata;
      objects.set(`${kind}/${namespace}/${name}`, object);
    },
    close: () =>
      new Promise<void>(resolve => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  server.on('request', async (request, response) => {
    const url = new URL(request.url!, 'http://x');
    const [, namespace, kind, name] = PATH.exec(url.pathname) ?? [];
    const verb =
      request.method === 'GET' && !name
        ? 'list'
        : { GET: 'get', PATCH: 'patch', DELETE: 'delete' }[request.method!];
    const right = `${verb} ${kind}`;
    fake.before(right);
    let body = '';
    for await (const part of request) body += part;
    if (forbidden.has(right)) {
      answer(response, 403, {
        reason: 'Forbidden',
        message: `${kind} is forbidden: User "eve" cannot ${verb} resource "${kind}"`,
      });
      return;
    }
    if (verb === 'list') {
      const all = [...objects]
        .filter(([key]) => key.startsWith(`${kind}/${namespace ?? ''}`))
        .map(([, object]) => object);
      const from = Number(url.searchParams.get('continue') ?? 0);
      // Small pages, whatever limit is asked for: all must be followed.
      const items = all.slice(from, from + 2);
      const isWhole = from + 2 >= all.length;
      // As the real one has it for no objects, where only metadata is wanted.
      const isPartial = request.headers.accept?.includes('PartialObject');
      const metadata = isWhole ? {} : { continue: String(from + 2) };
      answer(response, 200, {
        metadata,
        items: isPartial && items.length === 0 ? null : items,
      });
      return;
    }
    const key = `${kind}/${namespace}/${name}`;
    const object = objects.get(key);
    if (!object) {
      answer(response, 404, { reason: 'NotFound', message: `no ${key}` });
      return;
    }
    const { metadata } = object;
    if (verb === 'patch') {
      changes.push(`${right}/${name}`);
      metadata.finalizers = JSON.parse(body).metadata.finalizers ?? undefined;
    } else if (verb === 'delete') {
      changes.push(`${right}/${name}`);
      metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    }
    if (metadata.deletionTimestamp && !metadata.finalizers?.length) {
      objects.delete(key);
    }
    answer(response, 200, object);
  });
  return fake;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
