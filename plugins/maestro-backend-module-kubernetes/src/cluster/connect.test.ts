import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigReader } from '@backstage/config';
import type { JsonObject } from '@backstage/types';
import { connect } from './connect';

/*
 * What cannot be meant, or is not there, is named where it stands. That the
 * rest works is shown on a real API server (`connect.cluster.test.ts`).
 */

let dir: string;
const before = { ...process.env };

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maestro-connect-'));
  delete process.env.KUBERNETES_SERVICE_HOST;
  delete process.env.KUBERNETES_SERVICE_PORT;
});

afterEach(() => {
  process.env = { ...before };
  rmSync(dir, { recursive: true, force: true });
});

const ask = (kubernetes: JsonObject, located: JsonObject[] = []) =>
  connect(
    new ConfigReader({
      maestro: { executors: { kubernetes } },
      kubernetes: {
        clusterLocatorMethods: [
          { type: 'catalog' },
          { type: 'config', clusters: located },
        ],
      },
    }),
    dir,
  );

const GOOD = {
  name: 'prod',
  url: 'https://cluster.example:6443',
  authProvider: 'serviceAccount',
  serviceAccountToken: 'token',
};

it('takes the address of a cluster that Backstage knows', () => {
  expect(ask({ cluster: 'prod' }, [GOOD]).server).toBe(GOOD.url);
});

it('takes one that says in its annotations how to sign in', () => {
  const { authProvider, ...rest } = GOOD;
  const authMetadata = { 'kubernetes.io/auth-provider': authProvider };
  expect(ask({ cluster: 'prod' }, [{ ...rest, authMetadata }]).server).toBe(
    GOOD.url,
  );
});

it.each<[string, JsonObject, JsonObject[], RegExp]>([
  ['both', { cluster: 'a', kubeconfig: 'b' }, [], /both `cluster` and `kubec/],
  [
    'a cluster that is not there',
    { cluster: 'test' },
    [GOOD, { ...GOOD, name: 'other' }],
    /no cluster "test"; it has: prod, other/,
  ],
  ['no clusters at all', { cluster: 'test' }, [], /it has: none/],
  [
    'one that signs in as a person',
    { cluster: 'prod' },
    [{ ...GOOD, authProvider: 'google' }],
    /"prod" signs in by "google".*needs authProvider serviceAccount/,
  ],
  [
    'one without a way to sign in',
    { cluster: 'prod' },
    [{ name: 'prod', url: GOOD.url }],
    /signs in by "undefined"/,
  ],
  [
    'one without a token, outside a cluster',
    { cluster: 'prod' },
    [{ ...GOOD, serviceAccountToken: undefined }] as JsonObject[],
    /"prod" has no serviceAccountToken, and this process runs in no cluster/,
  ],
  [
    'an address that is none',
    { cluster: 'prod' },
    [{ ...GOOD, url: 'cluster.example' }],
    /url of cluster "prod" is "cluster.example", expected https/,
  ],
  [
    'a CA that is not there',
    { cluster: 'prod' },
    [{ ...GOOD, caFile: '/nowhere/ca.crt' }],
    /"prod" names caFile \/nowhere\/ca.crt, which is not there/,
  ],
  [
    'a kubeconfig that is not there',
    { kubeconfig: '/nowhere/config' },
    [],
    /kubeconfig: there is no file \/nowhere\/config/,
  ],
  [
    'nothing, outside a cluster',
    {},
    [],
    /neither `kubeconfig` nor `cluster`, and .* \(KUBERNETES_SERVICE_HOST is/,
  ],
])('names what is wrong: %s', (_, kubernetes, located, said) => {
  expect(() => ask(kubernetes, located)).toThrow(said);
});

describe('inside a cluster', () => {
  beforeEach(() => {
    process.env.KUBERNETES_SERVICE_HOST = '10.0.0.1';
  });

  it('names a port that is not there', () => {
    expect(() => ask({})).toThrow(/KUBERNETES_SERVICE_PORT is not set/);
  });

  it('names the file of the service account that is not there', () => {
    process.env.KUBERNETES_SERVICE_PORT = '443';
    expect(() => ask({})).toThrow(
      /no .*serviceaccount\/ca.crt: .*automountServiceAccountToken/,
    );
  });
});

describe('a kubeconfig', () => {
  const write = (content: string) => {
    const file = join(dir, 'config');
    writeFileSync(file, content);
    return file;
  };
  const contexts = (current: string) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: 'https://c:1' } }],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }],
      'current-context': current,
    });

  it('gives the cluster of its context', () => {
    expect(ask({ kubeconfig: write(contexts('one')) }).server).toBe(
      'https://c:1',
    );
    expect(
      ask({ kubeconfig: write(contexts('')), context: 'one' }).server,
    ).toBe('https://c:1');
  });

  it.each([
    ['that is none', '{ not: [yaml', undefined, /config is no kubeconfig: /],
    ['without a context', contexts(''), undefined, /name one as `context`/],
    [
      'without that context',
      contexts('one'),
      'two',
      /no context "two", but one/,
    ],
  ])('%s is named', (_, content, context, said) => {
    expect(() =>
      ask({ kubeconfig: write(content), ...(context ? { context } : {}) }),
    ).toThrow(said);
  });
});
